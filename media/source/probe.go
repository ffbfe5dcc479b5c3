package source

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"greenroom/media/pipe"
)

// probeLimit is how long a driver may take to encode a few pictures.
const probeLimit = 10 * time.Second

// ProbeEncoder has greenroom-capture (program) try an encoder of H.264, by its device file, or the first that there is (empty).
// It returns the device file of one that works. The error says why there is none.
func ProbeEncoder(ctx context.Context, program, encoder string) (node string, err error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, pipe.ProbeEncoder, encoder)
	cmd.WaitDelay = time.Second // a process that waits in a driver cannot be killed
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("the encoder of H.264 was given up: %w", ctx.Err())
	case errors.As(err, &exit):
		return "", errors.New(pipe.CleanText(string(exit.Stderr)))
	case err != nil:
		return "", fmt.Errorf("try the encoder of H.264: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
