package meeting

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// crowd returns a leader with n-1 members that acknowledge nothing; only the leader is a Core.
func crowd(b *testing.B, n int) (*world, *node, []*node) {
	b.Helper()
	w := newWorld(b)
	aspen := w.add("aspen", wire.RoleHost).join()
	var others []*node
	for i := 1; i < n; i++ {
		o := w.add(fmt.Sprintf("room %d", i), wire.RoleParticipant)
		o.connected = true
		o.take(o.core.Start(w.now))
		o.take(o.core.Connected(w.now))
		for _, p := range w.wire {
			if p.from == o && p.to == aspen {
				aspen.core.Step(w.now, o.id, p.data)
			}
		}
		w.wire = nil
		w.log.Reset()
		others = append(others, o)
	}
	w.nodes = w.nodes[:1]
	aspen.core.Tick(w.now.Add(batchWindowBig))
	if got := len(aspen.core.View().Members); got != n {
		b.Fatalf("%d members, want %d", got, n)
	}
	return w, aspen, others
}

// processor is the processor time that this program has used. Other programs on a busy machine don't add to it.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// used reports processor time for each operation.
func used(b *testing.B, d time.Duration) {
	b.Helper()
	b.ReportMetric(float64(d.Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// A rekey of the leader: a new epoch, a key box for everybody, a heartbeat.
func BenchmarkRekey(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w, aspen, _ := crowd(b, n)
			bytes := 0
			runtime.GC()
			began := processor(b)
			for b.Loop() {
				aspen.core.begin(w.now)
				aspen.core.rotate()
				bytes = 0
				for _, s := range aspen.core.end().Send {
					bytes += len(s.Data)
				}
			}
			used(b, processor(b)-began)
			b.ReportMetric(float64(bytes)/float64(n), "bytes/participant")
		})
	}
}

// An admission by the leader: announcement verified, encapsulated, added, welcomed.
func BenchmarkAdmission(b *testing.B) {
	w, aspen, _ := crowd(b, 1)
	i := 0
	var spent time.Duration
	for b.Loop() {
		b.StopTimer()
		o := w.add(fmt.Sprintf("room %d", i), wire.RoleParticipant)
		i++
		o.connected = true
		o.take(o.core.Start(w.now))
		var announce []byte
		for _, s := range o.core.Connected(w.now).Send {
			announce = s.Data
		}
		if aspen.core.list.members > 50 { // so that the rekey does not grow
			w.nodes = nil
			w, aspen, _ = crowd(b, 1)
		}
		began := processor(b)
		b.StartTimer()
		aspen.core.Step(w.now, o.id, announce)
		aspen.core.Tick(w.now.Add(batchWindowBig))
		spent += processor(b) - began
	}
	used(b, spent)
}

func BenchmarkHeartbeatVerify(b *testing.B) {
	w, aspen, birch := two(b)
	beats := make([][]byte, 0, 4096)
	for range 4096 {
		aspen.core.begin(w.now)
		aspen.core.beat()
		beats = append(beats, aspen.core.end().Send[0].Data)
	}
	i := 0
	began := processor(b)
	for b.Loop() {
		if i == len(beats) {
			b.StopTimer()
			birch.core.follow.last = nil
			birch.core.list.leader.seen = [wire.Kinds]uint64{}
			i = 0
			b.StartTimer()
		}
		birch.core.Step(w.now, aspen.id, beats[i])
		i++
	}
	used(b, processor(b)-began)
	if birch.dropped > 0 {
		b.Fatal("a heartbeat was dropped")
	}
}

// A newcomer to a meeting of 1,000 takes the list, as a snapshot in pages, and verifies everybody in it.
func BenchmarkListOf1000(b *testing.B) {
	w, aspen, _ := crowd(b, 1000)
	sent := 0
	for _, raw := range append(slices.Clone(aspen.core.list.whole()), aspen.core.list.pages()...) {
		sent += len(raw)
	}
	snapshot, err := wire.ParseLink(aspen.core.list.whole()[0])
	if err != nil {
		b.Fatal(err)
	}
	pages := aspen.core.list.pages()
	before := heap()
	var l *list
	for b.Loop() {
		if l, err = fromSnapshot(w.instance, &snapshot, pages, aspen.core.verifier.verify); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sent), "bytes-sent")
	b.ReportMetric(float64(heap()-before), "bytes-held")
	runtime.KeepAlive(l)
	runtime.KeepAlive(pages)
	runtime.KeepAlive(w)
	runtime.KeepAlive(aspen)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
