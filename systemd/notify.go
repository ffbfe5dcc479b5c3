package systemd

import (
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Notifier tells the service manager how the program is. It may be used from several goroutines.
type Notifier struct {
	limit time.Duration // 0: no watchdog
}

// NewNotifier reads what the service manager left in the environment: $NOTIFY_SOCKET, $WATCHDOG_USEC, $WATCHDOG_PID. The
// error says which of them makes no sense.
func NewNotifier() (*Notifier, error) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return nil, fmt.Errorf("systemd: read the watchdog's settings: %w", err)
	}
	return &Notifier{limit: limit}, nil
}

// WatchdogEvery returns how often to call Alive: a third of the unit's WatchdogSec, so that one late call is no death.
// It returns 0 if nobody watches.
func (n *Notifier) WatchdogEvery() time.Duration { return n.limit / 3 }

// Ready says that the program does its work now. status is a short sentence for `systemctl status`.
func (n *Notifier) Ready(status string) error { return send(daemon.SdNotifyReady, status) }

// Stopping says that the program is about to end.
func (n *Notifier) Stopping(status string) error { return send(daemon.SdNotifyStopping, status) }

// Status sets the sentence that `systemctl status` shows. It must hold no secret.
func (n *Notifier) Status(status string) error { return send("", status) }

// Alive feeds the watchdog.
func (n *Notifier) Alive() error { return send(daemon.SdNotifyWatchdog, "") }

// send sends an assignment and a status, each where it isn't empty.
func send(assignment, status string) error {
	lines := make([]string, 0, 2)
	if assignment != "" {
		lines = append(lines, assignment)
	}
	if status != "" {
		lines = append(lines, "STATUS="+oneLine(status))
	}
	message := strings.Join(lines, "\n")
	if _, err := daemon.SdNotify(false, message); err != nil {
		return fmt.Errorf("systemd: notify %q: %w", message, err)
	}
	return nil
}

// oneLine makes a status of anything: a line break in it (in a meeting's title, say) would begin another assignment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
