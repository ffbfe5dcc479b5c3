package daemon

import (
	"cmp"
	"context"
	"log/slog"

	"greenroom/daemon/config"
	"greenroom/media"
	"greenroom/media/pipe"
	"greenroom/media/relay"
	"greenroom/media/source"
)

func contentSpec(cfg config.Content) *source.Spec {
	if cfg.Source == config.SourceNone || cfg.Source == "" {
		return nil
	}
	return &source.Spec{
		Stream: media.Content, Kind: kindOf(cfg.Source, source.Camera), Device: cfg.Device, Command: cfg.Command,
		Width: cfg.Width, Height: cfg.Height, FPS: cfg.FPS, BitRate: cfg.BitRate, Off: true,
	}
}

func cameraSpec(cfg config.Camera) *source.Spec {
	if cfg.Source == config.SourceNone {
		return nil
	}
	return &source.Spec{
		Stream: media.Camera, Kind: kindOf(cfg.Source, source.Camera), Device: cfg.Device, Command: cfg.Command,
		Width: cfg.Width, Height: cfg.Height, FPS: cfg.FPS, BitRate: cfg.BitRate, Off: true,
	}
}

// encodeAs says in a spec how its pictures are encoded. It tries the encoder where the configuration says so, which takes as long as
// the driver, and at most until ctx ends.
func encodeAs(ctx context.Context, spec *source.Spec, cfg config.Config, log *slog.Logger) {
	if spec == nil {
		return
	}
	switch v := cfg.Video; v.Codec {
	case config.CodecH264:
		spec.Codec, spec.Encoder = media.H264, v.Encoder
	case config.CodecAuto:
		node, err := source.ProbeEncoder(ctx, cfg.Capture.Program, v.Encoder)
		if err != nil {
			log.Info("the camera's picture will be VP8", "reason", err)
			return
		}
		log.Info("the camera's picture will be H.264", "encoder", node)
		spec.Codec, spec.Encoder = media.H264, node
	}
}

// codecOf is what a stream's pictures are encoded as.
func codecOf(s source.Spec) media.Codec { return cmp.Or(s.Codec, media.VP8) }

func microphoneSpec(cfg config.Microphone) *source.Spec {
	if cfg.Source == config.SourceNone {
		return nil
	}
	return &source.Spec{
		Stream: media.Microphone, Kind: kindOf(cfg.Source, source.Microphone), Device: cfg.Device, Command: cfg.Command,
		Channels: cfg.Channels, BitRate: cfg.BitRate, Off: true, Echo: pipe.EchoWish(cfg.Echo),
	}
}

func kindOf(s string, device source.Kind) source.Kind {
	if s == config.SourcePipe {
		return source.Pipe
	}
	return device
}

// layersOf is in how many sizes a stream's pictures are published: a small one is small enough for everybody, and text is
// of no use in a small one. A hardware encoder makes one.
func layersOf(s source.Spec) int {
	const large = 960
	if s.Stream == media.Content || codecOf(s) != media.VP8 || cmp.Or(s.Width, 1280) < large {
		return 1
	}
	return relay.MaxLayers
}
