package daemon

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"greenroom/daemon/config"
	"greenroom/media"
	"greenroom/media/relay"
)

// capturePrograms are stand-ins for greenroom-capture: all that matters of it here is what its probe says.
const (
	foundEncoder = "#!/bin/sh\n[ \"$1\" = -probe-encoder ] && echo \"${2:-/dev/video11}\"\n"
	noEncoder    = "#!/bin/sh\necho there is none >&2\nexit 1\n"
)

// TestCodecOfTheCamera: VP8 by default and where the probe finds no encoder; H.264, in one size, where it is asked for or found.
func TestCodecOfTheCamera(t *testing.T) {
	for name, c := range map[string]struct {
		video   config.Video
		program string
		codec   media.Codec
		encoder string
		layers  int
	}{
		"by default":       {config.Video{}, foundEncoder, media.VP8, "", relay.MaxLayers},
		"vp8":              {config.Video{Codec: config.CodecVP8}, foundEncoder, media.VP8, "", relay.MaxLayers},
		"h264":             {config.Video{Codec: config.CodecH264}, noEncoder, media.H264, "", 1},
		"h264, by one":     {config.Video{Codec: config.CodecH264, Encoder: "/dev/video12"}, noEncoder, media.H264, "/dev/video12", 1},
		"auto, none":       {config.Video{Codec: config.CodecAuto}, noEncoder, media.VP8, "", relay.MaxLayers},
		"auto, one":        {config.Video{Codec: config.CodecAuto}, foundEncoder, media.H264, "/dev/video11", 1},
		"auto, that one":   {config.Video{Codec: config.CodecAuto, Encoder: "/dev/video12"}, foundEncoder, media.H264, "/dev/video12", 1},
		"auto, no program": {config.Video{Codec: config.CodecAuto}, "", media.VP8, "", relay.MaxLayers},
	} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "greenroom-capture")
			if c.program != "" {
				if err := os.WriteFile(program, []byte(c.program), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			cfg := config.Config{Video: c.video, Capture: config.Capture{Program: program}}
			cfg.Camera = config.Camera{Source: config.SourceCamera, Width: 1280, Height: 720}
			spec := cameraSpec(cfg.Camera)
			encodeAs(t.Context(), spec, cfg, slog.New(slog.DiscardHandler))
			if codecOf(*spec) != c.codec || spec.Encoder != c.encoder || layersOf(*spec) != c.layers {
				t.Errorf("%v by %q in %d sizes", codecOf(*spec), spec.Encoder, layersOf(*spec))
			}
			if err := spec.Check(); err != nil {
				t.Error(err)
			}
		})
	}
	encodeAs(t.Context(), nil, config.Config{Video: config.Video{Codec: config.CodecH264}}, slog.New(slog.DiscardHandler)) // a room without a camera
}
