package conference

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkUpgrade measures the upgrade of a call between two rooms on a real relay, with 30 pictures and 50 sounds a
// second both ways, each time in a fresh instance: from the command on one side until both send end-to-end encrypted
// ("sending"), and until both have forgotten the last enhanced key and say so ("whole"). Run it with -benchtime=100x for
// the 99th percentile of 100.
func BenchmarkUpgrade(b *testing.B) {
	h := newHall(b)
	var sending, whole []time.Duration
	lost := 0
	for b.Loop() {
		both := h.callOf(b)
		o := upgrade(b, both, len(whole)%2)
		sending, whole, lost = append(sending, o.sending), append(whole, o.whole), lost+o.lost
		for _, p := range both {
			p.stop()
		}
	}
	b.ReportMetric(0, "ns/op") // a whole call, which is nobody's figure
	for name, times := range map[string][]time.Duration{"sending": sending, "whole": whole} {
		slices.Sort(times)
		for suffix, percent := range map[string]int{"-p50-ms": 50, "-p99-ms": 99} {
			b.ReportMetric(float64(times[(len(times)*percent-1)/100].Microseconds())/1000, name+suffix)
		}
	}
	b.ReportMetric(float64(lost), "frames-lost")
}
