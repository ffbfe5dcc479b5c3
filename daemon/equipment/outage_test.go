package equipment

import (
	"errors"
	"log/slog"
	"testing"
)

// TestAnOutageIsLoggedOnce: the log tells when it begins, changes and comes again, and not how often it was tried.
func TestAnOutageIsLoggedOnce(t *testing.T) {
	var o outage
	gone, silent := errors.New("the serial port is gone"), errors.New("it does not answer")
	for i, step := range []struct {
		err  error // nil: it works
		want slog.Level
	}{
		{gone, slog.LevelWarn},
		{gone, slog.LevelDebug},
		{silent, slog.LevelWarn},
		{silent, slog.LevelDebug},
		{gone, slog.LevelWarn},
		{nil, 0},
		{gone, slog.LevelWarn},
	} {
		if step.err == nil {
			o.over()
		} else if got := o.level(step.err); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
}
