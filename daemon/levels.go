package daemon

import (
	"context"
	"maps"
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

// levels gathers how loud everybody is. It is written by the goroutines that bring sound.
type levels struct {
	mu     sync.Mutex
	mine   int
	people map[string]int
}

func newLevels() *levels { return &levels{people: map[string]int{}} }

// meter turns a level in -dBov (RFC 6464) into 0 to 100.
func meter(level uint8) int {
	return min(max((quietLevel-int(level))*100/(quietLevel-loudLevel), 0), 100)
}

// hear notes one frame of somebody's sound; person is empty for the room's own. The loudest frame of a period counts.
func (l *levels) hear(person string, f media.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := meter(f.Level)
	if person == "" {
		l.mine = max(l.mine, v)
		return
	}
	l.people[person] = max(l.people[person], v)
}

// take returns what was heard since the last call.
func (l *levels) take() room.Levels {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := room.Levels{Mine: l.mine, People: l.people}
	l.mine, l.people = 0, map[string]int{}
	return e
}

// run tells the levels while they change, until ctx ends.
func (l *levels) run(ctx context.Context, post func(room.Event)) {
	ticker := time.NewTicker(levelsEvery)
	defer ticker.Stop()
	var told room.Levels
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			e := l.take()
			if e.Mine == told.Mine && maps.Equal(e.People, told.People) {
				continue
			}
			told = e
			post(e)
		}
	}
}
