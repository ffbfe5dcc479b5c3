package daemon

import (
	"cmp"

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
// of no use in a small one.
func layersOf(s source.Spec) int {
	const large = 960
	if s.Stream == media.Content || cmp.Or(s.Width, 1280) < large {
		return 1
	}
	return relay.MaxLayers
}
