package room_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// start is when every test begins.
var start = time.Date(2026, time.March, 3, 9, 58, 0, 0, time.UTC)

// The participants of the tests, with the room's own first.
const (
	aspen   = "0a5be1d20c6f4e7f9b1c2d3e4f506172"
	birch   = "1b6cf2e31d70508fac2d3e4f50617283"
	cedar   = "2c7d03f42e816190bd3e4f5061728394"
	dogwood = "3d8e14053f9272a1ce4f506172839405"
	elm     = "4e9f25164fa383b2df50617283940516"
	fir     = "5fa036275fb494c3e061728394051627"
)

var code = []string{"48213", "90577", "11864", "73029", "55190", "26488", "80317", "64952"}

// digits is the code as a command carries it.
var digits = strings.Join(code, "")

// drive feeds a Room in a test and keeps what came out.
type drive struct {
	t       *testing.T
	r       *room.Room
	now     time.Time
	effects []room.Effect // of the last step, but for what is to be kept
	kept    []room.Kept   // all that was to be kept
}

// newDrive returns a room that is still starting.
func newDrive(t *testing.T) *drive {
	t.Helper()
	info := room.Info{
		Name: "Aspen", Version: "0.1.0", HubName: "Example Office", TimeZone: "Europe/Berlin", Clock24h: true, Language: "en",
	}
	identity := room.Identity{Backend: "file", Protection: "credential", Fingerprint: "7c1e 40b9 d2aa 615f"}
	return &drive{t: t, r: room.New(info, identity, 9, start), now: start}
}

// idleDrive returns a room that is idle, with camera, microphone and hub.
func idleDrive(t *testing.T) *drive {
	t.Helper()
	d := newDrive(t)
	d.apply(
		room.DeviceChanged{Stream: "camera", Name: "Logi Rally Camera", State: room.DeviceRunning},
		room.DeviceChanged{Stream: "microphone", Name: "Jabra Speak 750", State: room.DeviceRunning},
		room.HubChanged{State: room.HubUp},
		room.Ready{},
	)
	return d
}

// meetingDrive returns a room that is in a meeting with Birch; it is the leader when host is set.
func meetingDrive(t *testing.T, host bool) *drive {
	t.Helper()
	d := idleDrive(t)
	leader := birch
	if host {
		d.do(room.Command{Do: room.CommandMeetNow})
		leader = aspen
	} else {
		d.do(room.Command{Do: room.CommandJoin, Number: "482 913 077", Passcode: "271828"})
	}
	d.after(400*time.Millisecond).apply(
		room.TicketGranted{Attempt: 1, Number: "482913077", Title: "Project review", Passcode: "271828", GuestPage: "https://hub.example.org/guest/"},
		room.RelayUp{Attempt: 1},
		room.CoreChanged{Attempt: 1, Core: in(leader, aspen, birch)},
	)
	d.after(300 * time.Millisecond).sends(birch).apply(room.Announced{Attempt: 1, Kind: room.NoticeJoined, Name: "Birch"})
	return d
}

// in returns the view of a core that is in, with these members.
func in(leader string, members ...string) room.CoreView {
	v := room.CoreView{
		Phase: room.CoreIn, Self: aspen, Leader: leader, Code: slices.Clone(code), Kind: room.KindE2EE, Epoch: uint64(len(members)),
		Compared: room.NotCompared, Commands: leader == aspen,
	}
	names := map[string]string{aspen: "Aspen", birch: "Birch", cedar: "Cedar", dogwood: "Dogwood"}
	for _, id := range members {
		m := room.CoreMember{ID: id, Name: names[id], Role: "participant", Verified: id != dogwood}
		if id == leader {
			m.Role = "host"
		}
		v.Members = append(v.Members, m)
	}
	return v
}

func (d *drive) after(t time.Duration) *drive {
	d.now = d.now.Add(t)
	return d
}

func (d *drive) apply(events ...room.Event) *drive {
	d.effects = nil
	for _, e := range events {
		d.take(d.r.Apply(d.now, e))
	}
	return d
}

// take notes effects.
func (d *drive) take(effects []room.Effect) {
	for _, e := range effects {
		if k, ok := e.(room.Keep); ok {
			d.kept = append(d.kept, k.Kept)
		} else {
			d.effects = append(d.effects, e)
		}
	}
}

// core brings another view of the core in the first attempt.
func (d *drive) core(v room.CoreView) *drive {
	return d.apply(room.CoreChanged{Attempt: 1, Core: v})
}

// sends lets participants send a camera and a microphone that open.
func (d *drive) sends(people ...string) *drive {
	for _, p := range people {
		d.apply(
			room.PeerMedia{Attempt: 1, Person: p, Stream: "camera", Published: true},
			room.PeerMedia{Attempt: 1, Person: p, Stream: "microphone", Published: true},
			room.TileHealth{Attempt: 1, Person: p, Stream: "camera"},
			room.TileHealth{Attempt: 1, Person: p, Stream: "microphone"},
		)
	}
	return d
}

// do sends a command from the panel and returns the code of its refusal, if it was refused.
func (d *drive) do(c room.Command) string {
	origin := room.OriginPanel
	if slices.Contains(aboutTheKey, c.Do) {
		origin = room.OriginAdmin
	}
	effects, refusal := d.r.Do(d.now, origin, c)
	d.effects = nil
	d.take(effects)
	if refusal == nil {
		return ""
	}
	return refusal.Code
}

func (d *drive) state() room.State { return d.r.State() }

func (d *drive) wantEffects(want ...room.Effect) {
	d.t.Helper()
	if !(len(want) == 0 && len(d.effects) == 0) && !reflect.DeepEqual(d.effects, want) {
		d.t.Errorf("effects are %v, want %v", d.effects, want)
	}
}

func (d *drive) wantPhase(want room.Phase) {
	d.t.Helper()
	if got := d.state().Phase; got != want {
		d.t.Errorf("the phase is %q, want %q", got, want)
	}
}

func (d *drive) wantRefusal(c room.CommandName, code string) {
	d.t.Helper()
	got := d.state().Refusal
	if got == nil || got.Command != string(c) || got.Code != code || got.Text == "" {
		d.t.Errorf("the refusal is %+v, want %s of %s with a text", got, code, c)
	}
}

func (d *drive) wantShield(want room.Shield) {
	d.t.Helper()
	m := d.state().Meeting
	if m == nil {
		d.t.Errorf("there is no meeting, want the shield %q", want)
	} else if m.Encryption.Shield != want {
		d.t.Errorf("the shield is %q, want %q", m.Encryption.Shield, want)
	}
}
