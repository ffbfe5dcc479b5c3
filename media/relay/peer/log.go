package peer

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// loggers makes pion log into ours. Everything goes out at debug level: what pion calls an error is most often a
// packet that came after the end, and what matters comes back as an error value. Its own debug and trace lines are
// left out: there are ICE passwords in them.
type loggers struct{ log *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (l loggers) NewLogger(scope string) logging.LeveledLogger {
	log := l.log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return logger{log.With("pion", scope)}
}

type logger struct{ log *slog.Logger }

func (l logger) out(level, msg string) { l.log.Debug(msg, "level", level) }

// outf formats only what will be written.
func (l logger) outf(level, format string, args []any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.out(level, fmt.Sprintf(format, args...))
	}
}

func (l logger) Trace(string)                   {}
func (l logger) Tracef(string, ...any)          {}
func (l logger) Debug(string)                   {}
func (l logger) Debugf(string, ...any)          {}
func (l logger) Info(msg string)                { l.out("info", msg) }
func (l logger) Infof(format string, a ...any)  { l.outf("info", format, a) }
func (l logger) Warn(msg string)                { l.out("warn", msg) }
func (l logger) Warnf(format string, a ...any)  { l.outf("warn", format, a) }
func (l logger) Error(msg string)               { l.out("error", msg) }
func (l logger) Errorf(format string, a ...any) { l.outf("error", format, a) }
