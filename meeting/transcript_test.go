package meeting

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// The golden transcripts in testdata are whole meetings to read. Run with -update to write them anew, and read the
// difference before it is committed.
func TestTranscripts(t *testing.T) {
	for _, c := range []struct {
		name  string
		story func(w *world)
	}{
		{"first-meeting", func(w *world) {
			w.add("birch", wire.RoleParticipant).join()
			w.run(1500 * time.Millisecond)
			w.add("aspen", wire.RoleHost).join()
			w.run(1200 * time.Millisecond)
		}},
		{"join", func(w *world) {
			w.pair()
			w.add("cedar", wire.RoleParticipant).join()
			w.run(time.Second)
		}},
		{"leave", func(w *world) {
			w.trio()[2].do(Leave{})
			w.run(4 * time.Second)
		}},
		{"removal", func(w *world) {
			n := w.trio()
			n[0].do(Remove{ID: n[2].id})
			w.run(4 * time.Second)
		}},
		{"chat-and-hands", func(w *world) {
			n := w.trio()
			n[1].do(Chat{Text: "Good morning."})
			n[2].do(RaiseHand{Raised: true})
			n[0].do(AskMute{ID: n[1].id})
			n[1].do(Compare{Matches: true})
			w.run(100 * time.Millisecond)
			n[2].do(React{Reaction: "👏"})
			w.add("douglas", wire.RoleParticipant).join()
			w.run(time.Second)
			n[2].do(RaiseHand{})
			n[0].do(Chat{Text: "Back in five minutes."})
			n[0].do(Leave{})
			w.run(time.Second)
		}},
		{"leader-leaves", func(w *world) {
			w.trio()[0].do(Leave{})
			w.run(time.Second)
		}},
		{"hand-over", func(w *world) {
			n := w.trio()
			n[0].do(HandOver{ID: n[2].id})
			w.run(time.Second)
		}},
		{"lock-and-rejoin", func(w *world) {
			n := w.trio()
			n[0].do(SetLock{Locked: true})
			w.run(500 * time.Millisecond)
			w.add("douglas", wire.RoleParticipant).join()
			w.run(500 * time.Millisecond)
			n[2].vanish(true)
			w.run(500 * time.Millisecond)
			w.add("cedar#2", wire.RoleParticipant).join()
			w.run(time.Second)
		}},
		{"partition-and-heal", func(w *world) {
			n := w.trio()
			w.divide(n[0])
			w.run(15 * time.Second)
			n[1].do(SetLock{Locked: true})
			w.run(time.Second)
			w.heal()
			w.run(2 * time.Second)
		}},
		{"call-and-upgrade", func(w *world) {
			w.add("aspen", wire.RoleHost, inCall).join()
			n := w.add("birch", wire.RoleParticipant, inCall).join()
			w.run(time.Second)
			n.do(Upgrade{})
			w.run(500 * time.Millisecond)
		}},
		{"leader-gone", func(w *world) {
			w.trio()[0].vanish(true)
			w.run(time.Second)
		}},
		{"leader-silent", func(w *world) {
			w.trio()[0].vanish(false)
			w.run(11 * time.Second)
		}},
		{"reconnect", func(w *world) {
			n := w.trio()
			n[1].disconnect()
			w.run(time.Second)
			n[2].do(Leave{})
			w.run(2 * time.Second)
			n[1].connect()
			w.run(time.Second)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.story(w)
			path := filepath.Join("testdata", c.name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(w.log.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if w.log.String() != string(want) {
				t.Errorf("the meeting went otherwise than in %s:\n%s", path, w.log.String())
			}
		})
	}
}

// pair and trio bring two or three participants together, and begin the transcript after that.
func (w *world) pair() []*node {
	a := w.add("aspen", wire.RoleHost).join()
	b := w.add("birch", wire.RoleParticipant).join()
	w.run(time.Second)
	w.mustBeIn(a, b)
	w.log.Reset()
	return []*node{a, b}
}

func (w *world) trio() []*node {
	n := append(w.pair(), w.add("cedar", wire.RoleParticipant).join())
	w.run(time.Second)
	w.mustBeIn(n...)
	w.log.Reset()
	return n
}
