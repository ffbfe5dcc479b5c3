package daemon

import (
	"context"
	"slices"
	"sync"
	"time"

	"greenroom/daemon/room"
	"greenroom/media"
)

// levelsEvery is how often levels are told: often enough for a meter that follows speech.
const levelsEvery = 100 * time.Millisecond

// Where a level meter begins and ends, in -dBov: a quiet room, and a voice close to the microphone.
const (
	quietLevel = 60
	loudLevel  = 10
)

// speaking is the level of somebody who speaks. How loud cannot be told: the relay says only who does, and the daemon
// decodes no sound.
const speaking = 60

// levels gathers how loud everybody is. It is written by the goroutines that bring sound.
type levels struct {
	mu       sync.Mutex
	mine     int
	attempt  uint64 // whose speakers they are
	speakers []string
}

// meter turns a level in -dBov (RFC 6464) into 0 to 100.
func meter(level uint8) int {
	return min(max((quietLevel-int(level))*100/(quietLevel-loudLevel), 0), 100)
}

// hear notes one frame of the room's own sound. The loudest frame of a period counts.
func (l *levels) hear(f media.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mine = max(l.mine, meter(f.Level))
}

// speak notes who speaks in an attempt's meeting, until the next call. One that a later attempt has followed is not heard.
func (l *levels) speak(attempt uint64, persons []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if attempt >= l.attempt {
		l.attempt, l.speakers = attempt, persons
	}
}

// take returns what was heard since the last call.
func (l *levels) take() (mine int, speakers []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine, l.mine = l.mine, 0
	return mine, l.speakers
}

// run tells the levels while they change, until ctx ends.
func (l *levels) run(ctx context.Context, post func(room.Event)) {
	ticker := time.NewTicker(levelsEvery)
	defer ticker.Stop()
	toldMine, toldSpeakers := 0, []string(nil)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			mine, speakers := l.take()
			if mine == toldMine && slices.Equal(speakers, toldSpeakers) {
				continue
			}
			toldMine, toldSpeakers = mine, speakers
			e := room.Levels{Mine: mine, People: map[string]int{}}
			for _, person := range speakers {
				e.People[person] = speaking
			}
			post(e)
		}
	}
}
