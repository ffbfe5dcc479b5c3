package congestion

import (
	"testing"
	"time"
)

// drain sends packets of 1,200 bytes through a bucket as fast as it lets them, and returns when each left.
func drain(b *Bucket, start time.Time, packets, pace int) (left []time.Duration) {
	now := start
	for len(left) < packets {
		if b.Room(now, pace) {
			b.Take(1200)
			left = append(left, now.Sub(start))
			continue
		}
		now = now.Add(b.Wait(pace))
	}
	return left
}

func TestAKeyframeIsSpreadOut(t *testing.T) {
	const pace = 2_400_000 // 250 packets a second
	var b Bucket
	left := drain(&b, time.Unix(1_700_000_000, 0), 100, pace)
	if last := left[99]; last < 370*time.Millisecond || last > 410*time.Millisecond {
		t.Errorf("100 packets took %v, want 0.4 s", last)
	}
	for i := range left[:90] {
		const within = 10 // packets: 40 ms of the pace, and a burst
		if took := left[i+within] - left[i]; took < 25*time.Millisecond {
			t.Errorf("%d packets from number %d on left within %v", within, i, took)
		}
	}
}

func TestAUsualPictureLeavesAtOnce(t *testing.T) {
	const pace = 15_000_000
	var b Bucket
	start := time.Unix(1_700_000_000, 0)
	for picture := range 30 {
		now := start.Add(time.Duration(picture) * time.Second / 30)
		if left := drain(&b, now, 8, pace); left[7] > 0 {
			t.Errorf("picture %d waited %v", picture, left[7])
		}
	}
}

func TestOnePacketAlwaysFits(t *testing.T) {
	var b Bucket
	start := time.Unix(1_700_000_000, 0)
	left := drain(&b, start, 3, slowest)
	if left[0] != 0 || left[2] > 200*time.Millisecond {
		t.Errorf("%v", left)
	}
	b.Take(1_000_000)
	if b.Room(start.Add(-time.Hour), slowest) {
		t.Error("time that runs backwards makes room")
	}
}

func TestThePaceIsMoreThanTheEstimate(t *testing.T) {
	e := New()
	now := time.Unix(1_700_000_000, 0)
	if got := e.Pace(now); got < 2*Start || got > 3*Start {
		t.Errorf("%d bit/s where nothing speaks against it", got)
	}
	c := newCall()
	c.run(&link{rate: megabit, queue: 300 * time.Millisecond, length: 5 * time.Millisecond}, 5*time.Second, 4*megabit)
	if got := c.e.Pace(c.now); got < c.e.Target() || got > 2*c.e.Target() {
		t.Errorf("%d bit/s where a way of %d is full", got, c.e.Target())
	}
	if c.e.Lossy(c.now) {
		t.Error("what a full queue loses was taken for the line's")
	}
}
