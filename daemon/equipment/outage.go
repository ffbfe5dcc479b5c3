package equipment

import "log/slog"

// outage is for how long something does not work. It is tried every few seconds, for days if need be, and the log is told when
// it begins, changes and ends. One goroutine uses it.
type outage struct{ told string }

// level is that of a failure in the log: the same one again is for those who look for it.
func (o *outage) level(err error) slog.Level {
	if err.Error() == o.told {
		return slog.LevelDebug
	}
	o.told = err.Error()
	return slog.LevelWarn
}

// over notes that it works.
func (o *outage) over() { o.told = "" }
