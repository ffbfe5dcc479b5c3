package room_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// TestRandomEvents feeds rooms with events in any order and checks after each what must always be true.
func TestRandomEvents(t *testing.T) {
	inMeeting := 0
	for seed := range uint64(120) {
		w := newWalk(seed)
		for step := range 300 {
			if err := w.step(); err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, step, err)
			}
			if w.r.State().Meeting != nil {
				inMeeting++
			}
		}
	}
	if inMeeting < 5_000 {
		t.Errorf("the rooms were in a meeting for %d steps only; the events are badly chosen", inMeeting)
	}
}

// walk is one random life of a room, and what an outsider knows of it.
type walk struct {
	*rand.Rand
	r   *room.Room
	now time.Time

	attempt  uint64 // of the last RequestTicket
	open     bool   // no LeaveMeeting yet
	used     []room.SlotUse
	core     room.CoreView // of the current attempt
	revision uint64

	old     room.State // handed out age steps before
	oldJSON string
	age     int
}

func newWalk(seed uint64) *walk {
	r := room.New(room.Info{Name: "Aspen"}, room.Identity{}, int(seed%4), start)
	if seed%8 != 0 {
		r.Apply(start, room.Ready{})
	}
	if seed%2 == 0 {
		r.Apply(start, room.Equipped{
			Head: true, Presets: []string{"Table", "Board"}, Display: true, Inputs: []string{"hdmi1"}, OffAfter: time.Minute, Controls: []string{"Lights on"},
		})
	}
	w := &walk{Rand: rand.New(rand.NewPCG(seed, 1)), r: r, now: start, revision: r.State().Revision, old: r.State()}
	kept, _ := json.Marshal(w.old)
	w.oldJSON = string(kept)
	return w
}

func pick[T any](w *walk, from ...T) T { return from[w.IntN(len(from))] }

func (w *walk) step() error {
	w.now = w.now.Add(time.Duration(w.IntN(4000)) * time.Millisecond)
	e := w.event()
	if err := w.took(e, w.r.Apply(w.now, e)); err != nil {
		return fmt.Errorf("%T: %w", e, err)
	}
	if err := w.unchanged(); err != nil {
		return err
	}
	if err := w.check(w.r.State()); err != nil {
		return fmt.Errorf("after %T: %w", e, err)
	}
	return nil
}

// unchanged looks at a State that was handed out some steps ago: it must be what it was.
func (w *walk) unchanged() error {
	if w.age--; w.age > 0 {
		return nil
	}
	if now, err := json.Marshal(w.old); err != nil || string(now) != w.oldJSON {
		return fmt.Errorf("a State that was handed out became %s, %v; it was %s", now, err, w.oldJSON)
	}
	w.old, w.age = w.r.State(), 10
	kept, err := json.Marshal(w.old)
	w.oldJSON = string(kept)
	return err
}

func (w *walk) event() room.Event {
	person := pick(w, aspen, birch, cedar, dogwood, "", "stranger")
	stream := pick(w, "camera", "microphone", "content", "content-audio", "nothing")
	attempt := w.attempt
	if w.IntN(20) == 0 {
		attempt = w.Uint64N(w.attempt + 2)
	}
	switch w.IntN(32) {
	case 0:
		return room.Ready{}
	case 1, 2:
		return room.Tick{}
	case 3, 4, 5, 6:
		return room.Commanded{Origin: room.Origin(1 + w.IntN(4)), Command: w.command(person)}
	case 7, 8, 9:
		return room.TicketGranted{Attempt: attempt, Number: "1234567", Title: "T", Passcode: "1"}
	case 10:
		if w.IntN(8) > 0 {
			return room.Levels{}
		}
		return pick[room.Event](w, room.TicketRefused{Attempt: attempt, Code: pick(w, "", room.CodeClockWrong, room.CodeRoomUnknown)},
			room.RelayRefused{Attempt: attempt}, room.MeetingOver{Attempt: attempt})
	case 11, 12:
		return room.RelayUp{Attempt: attempt}
	case 13:
		return room.RelayDown{Attempt: attempt}
	case 14, 15, 16, 17:
		return room.CoreChanged{Attempt: attempt, Core: w.view()}
	case 18:
		return room.Announced{Attempt: attempt, Kind: pick(w, room.NoticeJoined, room.NoticeLeft, room.NoticeLeaderChanged), Name: "B"}
	case 19, 20, 21:
		return room.PeerMedia{Attempt: attempt, Person: person, Stream: stream, Published: w.IntN(3) > 0, Muted: w.IntN(3) == 0}
	case 22, 23, 24:
		reason := pick(w, "", "", room.TileNoFrames, room.TileWaitingKey, room.TileWrongKey, room.TileReplay, room.TileNotEncrypted, "other")
		return room.TileHealth{Attempt: attempt, Person: person, Stream: stream, Reason: reason}
	case 25:
		return room.Levels{Mine: w.IntN(200) - 50, People: map[string]int{person: w.IntN(200) - 50}}
	case 26:
		state := pick(w, room.DeviceAbsent, room.DeviceStarting, room.DeviceRunning, room.DeviceFailed)
		return pick[room.Event](w, room.DeviceChanged{Stream: stream, State: state}, room.HubChanged{State: pick(w, room.HubUp, room.HubDown)})
	}
	if w.IntN(2) == 0 {
		return w.talk(attempt, person)
	}
	code := pick(w, room.FaultDiskFull, room.FaultDiskFull, room.FaultKeystoreCorrupt)
	return pick[room.Event](w, room.FaultRaised{Fault: room.Fault{Code: code}}, room.FaultCleared{Code: code}, room.FaultCleared{Code: room.FaultKeystoreCorrupt})
}

// talk is what participants tell each other, and calls.
func (w *walk) talk(attempt uint64, person string) room.Event {
	call := pick(w, "c1", "c2")
	return pick[room.Event](w,
		room.ChatReceived{Attempt: attempt, Person: person, Name: "B", Text: pick(w, "", "line", strings.Repeat("x", 3000))},
		room.Reacted{Attempt: attempt, Person: person, Reaction: pick(w, "", "+")},
		room.LineChanged{
			Equipment: pick(w, room.EquipmentHead, room.EquipmentDisplay, room.EquipmentControls), Controls: []string{"Lights on"},
			State: pick(w, room.DeviceStarting, room.DeviceRunning, room.DeviceRunning, room.DeviceFailed), Reason: "Unplugged.",
		},
		room.DisplayTold{Power: pick(w, "on", "off", "warming", "unknown"), Volume: w.IntN(200) - 50},
		room.AdjustmentsChanged{Adjustments: []room.Adjustment{{Name: pick(w, "+", "hdmi1"), Least: 0, Most: 100, Step: 1, Value: w.IntN(100)}}[w.IntN(2):]},
		room.PreviewChanged{On: w.IntN(2) == 0},
		room.CamerasChanged{Cameras: []room.Camera{{ID: pick(w, "+", "table"), Label: "Camera"}, {ID: "Lights on", InUse: true}}[w.IntN(3)%2:]},
		room.EquipmentFailed{Command: pick(w, allCommands...)},
		room.ControlPressed{Control: "Lights on", Code: pick(w, "", room.CodeDeviceRefused)},
		room.MuteButtonChanged{ID: call, Name: "B", State: pick(w, room.DeviceRunning, room.DeviceFailed, room.DeviceAbsent)},
		room.MuteButtonPressed{ID: call, Press: pick(w, room.MuteToggled, room.MuteOn, room.MuteOff)},
		room.CommandFailed{Attempt: attempt, Command: pick(w, allCommands...), Code: room.CodeNoAnswer},
		room.CallRinging{Call: call, From: "B"}, room.CallRinging{Call: call, From: "B"}, room.RingingOver{Call: call},
		room.CallAnswered{Attempt: attempt}, room.CallAnswered{Attempt: attempt},
		room.CalleesChanged{Callees: []room.Callee{{ID: birch, Name: "B"}, {ID: cedar, Name: "C"}}},
		room.MeetingOver{Attempt: attempt, Code: pick(w, room.CodeCallOver, room.CodeCallDeclined)},
	)
}

func (w *walk) command(person string) room.Command {
	name := pick(w, append(allCommands, "reboot", room.CommandJoin, room.CommandMeetNow)...)
	if name == room.CommandLeave && w.IntN(3) > 0 {
		name = room.CommandMute
	}
	return room.Command{Do: name, Number: pick(w, "1234567", "x"), On: w.IntN(2) == 0, Matches: w.IntN(2) == 0, Person: person, Code: pick(w, digits, digits, ""), Text: pick(w, "+", "Lights on", "hdmi1"), Pan: w.IntN(300) - 150, Preset: w.IntN(4), Volume: w.IntN(120), Value: w.IntN(150)}
}

func (w *walk) view() room.CoreView {
	phase := pick(w, room.CoreIn, room.CoreIn, room.CoreIn, room.CoreAnnouncing, room.CoreWaitingHost, room.CoreWaitingAdmission, room.CoreWaitingKey)
	if w.IntN(40) == 0 {
		phase = pick(w, room.CoreRefused, room.CoreRemoved, room.CoreLeft, "other")
	}
	v := room.CoreView{
		Phase:    phase,
		Self:     aspen,
		Leader:   pick(w, aspen, birch, "", "stranger"),
		Kind:     pick(w, room.KindE2EE, room.KindE2EE, room.KindEnhanced, "", "other"),
		Compared: pick(w, "", room.NotCompared, room.Matches, room.Differs),
		Quiet:    w.IntN(2) == 0,
		Locked:   w.IntN(2) == 0,
		Call:     w.IntN(8) == 0,
		Commands: w.IntN(2) == 0,
		Waiting:  []room.CoreMember{{ID: pick(w, elm, fir, birch), Name: "W"}},
	}
	for _, id := range []string{aspen, birch, cedar, dogwood, "", birch} { // the last: a core that lists somebody twice
		if w.IntN(5) > 0 {
			v.Members = append(v.Members, room.CoreMember{
				ID: id, Name: id, Role: "participant", Hand: w.IntN(2) == 0,
				Compared: pick(w, "", "", room.NotCompared, room.Matches, room.Matches, room.Differs),
			})
		}
	}
	if w.IntN(4) > 0 {
		v.Code = code
	}
	return v
}

// took follows the effects as the daemon would.
func (w *walk) took(e room.Event, effects []room.Effect) error {
	if c, ok := e.(room.CoreChanged); ok && w.open && c.Attempt == w.attempt {
		w.core = c.Core
	}
	var err error
	for _, effect := range effects {
		switch effect := effect.(type) {
		case room.RequestTicket:
			err = w.begin(effect.Attempt)
		case room.PlaceCall:
			err = w.begin(effect.Attempt)
		case room.AnswerCall:
			err = w.begin(effect.Attempt)
		case room.LeaveMeeting:
			if !w.open || effect.Attempt != w.attempt {
				return fmt.Errorf("%#v while attempt %d is open: %t", effect, w.attempt, w.open)
			}
			w.open = false
		case room.AssignSlots:
			w.used = effect.Slots
		}
		if err != nil {
			return fmt.Errorf("%#v: %w", effect, err)
		}
	}
	return nil
}

func (w *walk) begin(attempt uint64) error {
	if w.open || attempt != w.attempt+1 {
		return fmt.Errorf("attempt %d while attempt %d is open: %t", attempt, w.attempt, w.open)
	}
	w.attempt, w.open, w.core = attempt, true, room.CoreView{}
	return nil
}

// check says what is wrong with a State.
func (w *walk) check(s room.State) error {
	switch {
	case s.Revision < w.revision || s.Revision > w.revision+1 || !s.Time.Equal(w.now):
		return fmt.Errorf("revision %d of %v after %d", s.Revision, s.Time, w.revision)
	case (s.Phase == room.PhaseJoining) != (s.Joining != nil) || (s.Phase == room.PhaseMeeting) != (s.Meeting != nil):
		return fmt.Errorf("phase %q with joining %v and meeting %v", s.Phase, s.Joining, s.Meeting)
	case w.open != (s.Phase == room.PhaseJoining || s.Phase == room.PhaseMeeting):
		return fmt.Errorf("phase %q, and the attempt is open: %t", s.Phase, w.open)
	case s.Faults == nil:
		return fmt.Errorf("the faults are null in JSON")
	case s.Callees == nil || s.Meeting != nil && (s.Meeting.Chat == nil || s.Meeting.Waiting == nil || s.Meeting.Notices == nil):
		return fmt.Errorf("a list is null in JSON")
	case s.Ringing != nil && (s.Phase == room.PhaseJoining || s.Phase == room.PhaseMeeting):
		return fmt.Errorf("it rings in phase %q", s.Phase)
	case s.Ringing != nil && w.now.Sub(s.Ringing.Since) >= room.RingTime+5*time.Second:
		return fmt.Errorf("it rings since %v at %v", s.Ringing.Since, w.now)
	}
	w.revision = s.Revision
	if s.Meeting == nil {
		if len(w.used) > 0 {
			return fmt.Errorf("slots %v are in use outside a meeting", w.used)
		}
		return nil
	}
	return w.checkMeeting(s.Meeting)
}

func (w *walk) checkMeeting(m *room.Meeting) error {
	listed := map[string]bool{}
	for _, p := range m.People {
		listed[p.ID] = true
		if p.Level < 0 || p.Level > 100 || p.Muted && p.Speaking {
			return fmt.Errorf("person %+v", p)
		}
	}
	seen := map[room.SlotUse]bool{}
	var used []room.SlotUse
	bySlot := map[int]room.SlotUse{}
	for _, tile := range m.Tiles {
		use := room.SlotUse{Person: tile.Person, Stream: tile.Stream, Large: tile.Large}
		if !listed[tile.Person] || seen[use] || tile.Person == aspen && tile.Stream == "camera" && tile.Slot != -1 {
			return fmt.Errorf("tile %+v is of nobody in the list, twice there, or the own camera with a slot", tile)
		}
		seen[use] = true
		if use.Slot = tile.Slot; tile.Slot >= 0 {
			if _, twice := bySlot[tile.Slot]; twice {
				return fmt.Errorf("slot %d is used twice", tile.Slot)
			}
			bySlot[tile.Slot] = use
		}
	}
	for slot := range 4 {
		if use, ok := bySlot[slot]; ok {
			used = append(used, use)
		}
	}
	if !(len(used) == 0 && len(w.used) == 0) && !reflect.DeepEqual(used, w.used) {
		return fmt.Errorf("the tiles use the slots %v, AssignSlots said %v", used, w.used)
	}
	e2ee := w.core.Kind == room.KindE2EE && w.core.Phase == room.CoreIn && len(w.core.Code) > 0
	switch shield := m.Encryption.Shield; {
	case (shield == room.ShieldE2EE || shield == room.ShieldVerified) && !e2ee:
		return fmt.Errorf("the shield is %q with the core %+v", shield, w.core)
	case shield == room.ShieldVerified && w.core.Compared != room.Matches:
		return fmt.Errorf("the shield is %q, compared %q", shield, w.core.Compared)
	case shield == room.ShieldEncrypted && w.core.Kind != room.KindEnhanced:
		return fmt.Errorf("the shield is %q, kind %q", shield, w.core.Kind)
	case w.core.Compared == room.Differs && shield != room.ShieldNotSecure:
		return fmt.Errorf("the shield is %q of a code that differs", shield)
	case shield != room.ShieldNotSecure && slices.ContainsFunc(m.People, func(p room.Person) bool { return p.Compared == room.Differs }):
		return fmt.Errorf("the shield is %q, and somebody says that the code differs", shield)
	}
	if len(m.Chat) > 100 {
		return fmt.Errorf("%d lines of chat", len(m.Chat))
	}
	for _, n := range m.Notices {
		if w.now.Sub(n.Since) >= room.NoticeTime {
			return fmt.Errorf("notice %+v is still there at %v", n, w.now)
		}
	}
	return nil
}

// BenchmarkLevels is what ten events a second cost, in meetings of three sizes.
func BenchmarkLevels(b *testing.B) {
	for _, size := range []int{2, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r := room.New(room.Info{Name: "Aspen"}, room.Identity{}, 9, start)
			r.Apply(start, room.Ready{})
			r.Do(start, room.OriginPanel, room.Command{Do: room.CommandMeetNow})
			v := in(aspen, aspen, birch)
			for i := range size - 2 {
				v.Members = append(v.Members, room.CoreMember{ID: fmt.Sprint(i), Name: fmt.Sprint("Room ", i)})
			}
			r.Apply(start, room.TicketGranted{Attempt: 1, Number: "1"})
			r.Apply(start, room.RelayUp{Attempt: 1})
			r.Apply(start, room.CoreChanged{Attempt: 1, Core: v})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Apply(start, room.Levels{Mine: i % 100})
			}
		})
	}
}
