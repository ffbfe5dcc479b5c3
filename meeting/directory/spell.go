package directory

import (
	"fmt"
	"time"
)

// spell writes a duration in words, in its two largest units: "1 day 2 hours", "45 seconds".
func spell(d time.Duration) string {
	d = d.Abs().Truncate(time.Second)
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	for i, u := range units {
		n := d / u.size
		if n == 0 {
			continue
		}
		text := plural(n, u.name)
		if i+1 < len(units) {
			if rest := d % u.size / units[i+1].size; rest > 0 {
				text += " " + plural(rest, units[i+1].name)
			}
		}
		return text
	}
	return "0 seconds"
}

func plural(n time.Duration, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
