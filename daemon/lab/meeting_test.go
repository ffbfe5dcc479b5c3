package lab

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/daemon"
	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/media/relay/relaytest"
	"greenroom/media/source"
	"greenroom/systemd"
)

// shots is where screenshots go: SCREENSHOTS, or a folder that is not kept.
func shots(t *testing.T) string {
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		return dir
	}
	return t.TempDir()
}

func openBrowser(t *testing.T, ctx context.Context, l *Lab) *Browser {
	t.Helper()
	b, err := OpenBrowser(ctx, l.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func openScreen(t *testing.T, ctx context.Context, b *Browser, r *Room) Screen {
	t.Helper()
	s, err := b.OpenScreen(ctx, must[string](t)(r.ScreenURL()))
	if err != nil {
		t.Fatal(err)
	}
	expectQuiet(t, s.Page, r.Spec.Name+"'s screen")
	return s
}

// expectQuiet lets the test fail if the page has complained until its end.
func expectQuiet(t *testing.T, p *Page, what string) {
	t.Cleanup(func() {
		if problems := p.Problems(); len(problems) > 0 {
			t.Errorf("%s has complained: %s", what, problems)
		}
	})
}

// TestMainJob: two rooms meet by their panels, both screens show the same 40 digits and the other's moving picture and
// sound, and the code is compared.
func TestMainJob(t *testing.T) {
	// Two screens and two panels, drawn without a GPU, on a small machine: the pictures come at a third of their pace.
	first, second := aspenSpec, birchSpec
	first.FPS, second.FPS = 10, 10
	ctx, l := newLab(t, []RoomSpec{first, second}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	b := openBrowser(t, ctx, l)
	screens := map[*Room]Screen{aspen: openScreen(t, ctx, b, aspen), birch: openScreen(t, ctx, b, birch)}
	dir := shots(t)
	shoot(t, ctx, screens[aspen].Page, filepath.Join(dir, "screen-idle.png"))

	aspenPanel, birchPanel := openPanel(t, ctx, b, aspen), openPanel(t, ctx, b, birch)
	click(t, ctx, aspenPanel, "meet-now")
	s := await(t, ctx, aspen, "its meeting", func(s room.State) bool { return s.Phase == room.PhaseMeeting })
	fill(t, ctx, birchPanel, "number", s.Meeting.Number)
	fill(t, ctx, birchPanel, "passcode", s.Meeting.Passcode)
	click(t, ctx, birchPanel, "join")
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "the other's picture", sees(1))
	}
	people := await(t, ctx, aspen, "both", sees(1))

	codes := map[string]bool{}
	for r, screen := range screens {
		code := must[string](t)(screen.Code(ctx))
		codes[code] = true
		if len(strings.Trim(code, "0123456789")) != 0 || len(code) != 40 {
			t.Errorf("%s shows the code %q", r.Spec.Name, code)
		}
	}
	if len(codes) != 1 {
		t.Errorf("the screens show different codes: %v", codes)
	}
	for r, screen := range screens {
		other := "Birch"
		if r == birch {
			other = "Aspen"
		}
		watchOther(t, ctx, screen, personOf(t, people, other))
	}
	if err := screens[aspen].Await(ctx, `!lab.one('[data-testid="notice"]')`); err != nil {
		t.Fatal(err)
	}
	shoot(t, ctx, screens[aspen].Page, filepath.Join(dir, "screen-meeting.png"))
	shoot(t, ctx, aspenPanel, filepath.Join(dir, "panel-meeting.png"))

	click(t, ctx, aspenPanel, "matches")
	await(t, ctx, aspen, "verified", func(s room.State) bool { return s.Meeting.Encryption.Shield == room.ShieldVerified })
	if err := screens[aspen].Await(ctx, `lab.one('[data-testid="shield"]').dataset.shield === "verified"`); err != nil {
		t.Error(err)
	}
	reload(t, ctx, screens[birch], personOf(t, people, "Aspen"))
	countsOf(t, ctx, aspen)

	click(t, ctx, aspenPanel, "mute")
	await(t, ctx, birch, "that Aspen is muted", func(s room.State) bool {
		for _, p := range s.Meeting.People {
			if p.Name == "Aspen" {
				return p.Muted
			}
		}
		return false
	})
	click(t, ctx, birchPanel, "camera")
	await(t, ctx, aspen, "that Birch's camera is off", func(s room.State) bool {
		return slices.ContainsFunc(s.Meeting.Tiles, func(t room.Tile) bool { return t.Slot >= 0 && t.Reason == room.TileCameraOff })
	})
	click(t, ctx, birchPanel, "leave")
	await(t, ctx, birch, "the end", idle)
	await(t, ctx, aspen, "Birch to be gone", func(s room.State) bool { return len(s.Meeting.People) == 1 })
}

// countsOf holds a room to what it counts of its frames, from the camera to the page that plays the other's.
func countsOf(t *testing.T, ctx context.Context, r *Room) {
	t.Helper()
	s := await(t, ctx, r, "the counts of a meeting", func(s room.State) bool {
		c := s.Counters
		return len(c.Streams) > 1 && c.Streams[0].Opened > 0 && c.Streams[1].Opened > 0 &&
			c.Screen.Decoded > 0 && c.Screen.Samples > 0 && c.Screen.Apart != nil
	})
	for _, c := range s.Counters.Streams[:2] {
		if c.Encoded == 0 || c.Sealed == 0 || c.Sealed > c.Encoded || c.WrongKey+c.Replayed+c.Unencrypted > 0 {
			t.Errorf("%s: %+v", c.Stream, c)
		}
	}
	if c := s.Counters.Relay; c.Joins != 1 || c.Sent == 0 || c.Received == 0 {
		t.Errorf("relay: %+v", c)
	}
	t.Logf("screen: %+v, %d ms apart", s.Counters.Screen, *s.Counters.Screen.Apart)
}

func openPanel(t *testing.T, ctx context.Context, b *Browser, r *Room) *Page {
	t.Helper()
	p := must[*Page](t)(b.Open(ctx, must[string](t)(r.PanelURL()), 1280, 800))
	expectQuiet(t, p, r.Spec.Name+"'s panel")
	if _, err := Eval[bool](ctx, p, screenScript+";true"); err != nil {
		t.Fatal(err)
	}
	return p
}

func click(t *testing.T, ctx context.Context, p *Page, id string) {
	t.Helper()
	press(t, ctx, p, testID(id))
}

func fill(t *testing.T, ctx context.Context, p *Page, id, text string) {
	t.Helper()
	element := fmt.Sprintf(`lab.one('[data-testid="%s"]')`, id)
	if err := p.Await(ctx, element); err != nil {
		t.Fatal(err)
	}
	if _, err := Eval[bool](ctx, p, fmt.Sprintf(`(e => {
		e = e.matches("input") ? e : e.shadowRoot?.querySelector("input") ?? e.querySelector("input") ?? e;
		e.focus(); e.value = %q;
		e.dispatchEvent(new InputEvent("input", {bubbles: true, composed: true}));
		e.dispatchEvent(new Event("change", {bubbles: true, composed: true}));
		return true })(%s)`, text, element)); err != nil {
		t.Fatal(err)
	}
}

func shoot(t *testing.T, ctx context.Context, p *Page, path string) {
	t.Helper()
	if err := p.Screenshot(ctx, path); err != nil {
		t.Error(err)
	}
}

// watchOther holds a screen to the other's moving picture and sound.
func watchOther(t *testing.T, ctx context.Context, s Screen, person string) {
	t.Helper()
	if err := s.AwaitPicture(ctx, person); err != nil {
		t.Fatal(err)
	}
	w, err := s.AwaitMedia(ctx, person, 10, 2)
	if err != nil {
		t.Fatalf("no moving picture with a time code and sound: %v", err)
	}
	if age := w.MedianAge(); age <= 0 {
		t.Errorf("pictures with a median age of %.0f ms", age)
	}
	t.Logf("%d pictures decoded, %d drawn, median age %.0f ms, sound energy %.4f", w.Frames, w.Shown, w.MedianAge(), w.Energy)
}

// reload: a reloaded page is right at once.
func reload(t *testing.T, ctx context.Context, s Screen, person string) {
	t.Helper()
	code := must[string](t)(s.Code(ctx))
	if err := s.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Await(ctx, `document.body.dataset.phase === "meeting"`); err != nil {
		t.Fatal(err)
	}
	if again := must[string](t)(s.Code(ctx)); again != code {
		t.Errorf("code %q after a reload, %q before", again, code)
	}
	watchOther(t, ctx, s, person)
}

// TestBackAtOnce leaves a meeting and joins it again, with the screen's page open all the while.
func TestBackAtOnce(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{light(aspenSpec), light(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	browser, err := OpenBrowser(ctx, l.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer browser.Close()
	screen, err := browser.OpenScreen(ctx, must[string](t)(aspen.ScreenURL()))
	if err != nil {
		t.Fatal(err)
	}
	join := host(t, ctx, birch)
	for range 3 {
		do(t, ctx, aspen, join)
		s := await(t, ctx, aspen, "Birch's picture", sees(1))
		if err := screen.AwaitPicture(ctx, personOf(t, s, "Birch")); err != nil {
			t.Fatal(err)
		}
		do(t, ctx, aspen, room.Command{Do: room.CommandLeave})
		await(t, ctx, aspen, "the end", idle)
		await(t, ctx, birch, "Aspen to be gone", func(s room.State) bool { return len(s.Meeting.People) == 1 })
	}
}

// TestThirdRoom: a third room joins and leaves; everybody sees everybody, and each change makes a new epoch.
func TestThirdRoom(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec), small(cedarSpec)}, "Aspen", "Birch", "Cedar")
	aspen, birch, cedar := l.Room("Aspen"), l.Room("Birch"), l.Room("Cedar")
	join := meet(t, ctx, aspen, birch)
	first := await(t, ctx, aspen, "two", sees(1)).Meeting.Encryption
	do(t, ctx, cedar, join)
	var second room.Encryption
	for _, r := range []*Room{aspen, birch, cedar} {
		s := await(t, ctx, r, "three", sees(2))
		second = s.Meeting.Encryption
		if strings.Join(second.Code, "") != strings.Join(first.Code, "") {
			t.Errorf("%s shows another code", r.Spec.Name)
		}
	}
	if second.Epoch <= first.Epoch {
		t.Errorf("epoch %d after the join, %d before", second.Epoch, first.Epoch)
	}
	do(t, ctx, cedar, room.Command{Do: room.CommandLeave})
	s := await(t, ctx, aspen, "two again, in a new epoch", func(s room.State) bool {
		return sees(1)(s) && s.Meeting.Encryption.Epoch > second.Epoch
	})
	await(t, ctx, birch, "two again", sees(1))
	if len(s.Meeting.Notices) == 0 {
		t.Error("the screen announces nothing")
	}
}

// TestStranger: a stock client with a valid relay token and no key decodes nothing, while it does decode what is sent
// without encryption.
func TestStranger(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	meet(t, ctx, aspen, birch)
	b := openBrowser(t, ctx, l)

	stranger := enter(t, ctx, l, b, l.meetingOnRelay(t, ctx))
	got := must[Counted](t)(stranger.Await(ctx, func(c Counted) bool { return c.Tracks >= 4 && c.Fewest >= 50 }))
	t.Logf("the stranger: %+v", got)
	if got.Frames != 0 || got.Tracks != 4 {
		t.Errorf("the stranger decoded %d pictures of %d tracks; want 0 of 4", got.Frames, got.Tracks)
	}

	// The same page in a room where the same camera sends without encryption.
	sendPlain(t, ctx, l, "plain")
	control := enter(t, ctx, l, b, "plain")
	if _, err := control.Await(ctx, func(c Counted) bool { return c.Frames >= 10 }); err != nil {
		t.Errorf("the stranger's page decodes nothing even in clear: %v", err)
	}
}

func enter(t *testing.T, ctx context.Context, l *Lab, b *Browser, relayRoom string) *Stranger {
	t.Helper()
	token := must[string](t)(l.Relay.Token("stranger", relayRoom, relaytest.TokenOptions{}))
	s, err := b.OpenStranger(ctx, l.Root, l.Relay.URL(), token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// meetingOnRelay returns the relay's name of the only meeting that runs.
func (l *Lab) meetingOnRelay(t testing.TB, ctx context.Context) string {
	t.Helper()
	rooms := must[[]string](t)(l.Relay.Rooms(ctx))
	if len(rooms) != 1 {
		t.Fatalf("meetings on the relay: %v", rooms)
	}
	return rooms[0]
}

// sendPlain publishes a real camera's pictures without encryption, until the test ends.
func sendPlain(t *testing.T, ctx context.Context, l *Lab, relayRoom string) {
	t.Helper()
	connected := make(chan struct{})
	handler := &plainSender{connected: sync.OnceFunc(func() { close(connected) })}
	client := relay.New(relay.Config{
		URL: l.Relay.URL(), Log: slog.New(slog.DiscardHandler),
		Token: func(context.Context) (string, error) {
			return l.Relay.Token("plain", relayRoom, relaytest.TokenOptions{})
		},
		Publish: []relay.Publication{{Stream: media.Camera, Codec: media.VP8, Width: 320, Height: 180}},
		Handler: handler,
	})
	camera := source.New(source.Config{
		Spec:    source.Spec{Stream: media.Camera, Kind: source.Pipe, Command: PictureCommand("Plain", aspenSpec.Look, 320, 180, 15)},
		Program: filepath.Join(l.bin, "greenroom-capture"),
		Frame:   func(f media.Frame) { _ = client.WriteFrame(media.Camera, f) },
	})
	handler.camera = camera
	run, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = client.Run(run) })
	wg.Go(func() { _ = camera.Run(run) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	select {
	case <-connected:
	case <-ctx.Done():
		t.Fatal("the plain sender did not get in")
	}
}

// TestClockOffByADay: the room says that its clock is wrong, and by how much.
func TestClockOffByADay(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec)})
	aspen := l.Room("Aspen")
	t.Setenv("CREDENTIALS_DIRECTORY", aspen.credentials())
	cfg := must[config.Config](t)(config.Load(aspen.ConfigFile(), nil))
	run, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	service := must[*systemd.Notifier](t)(systemd.NewNotifier())
	go func() {
		defer close(ended)
		if err := daemon.Run(run, daemon.Options{
			Config: cfg, Version: "test", Log: slog.New(slog.DiscardHandler), Service: service,
			Now: func() time.Time { return time.Now().Add(-24 * time.Hour) },
		}); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	aspen.connect()
	if err := poll(ctx, ended, func() bool { _, err := aspen.State(ctx); return err == nil }); err != nil {
		t.Fatal(err)
	}
	s := await(t, ctx, aspen, "the fault", hasFault(room.FaultClockWrong))
	for _, f := range s.Faults {
		if f.Code == room.FaultClockWrong && !strings.Contains(f.Text, "behind") {
			t.Errorf("the fault does not say how the clock is wrong: %q", f.Text)
		}
	}
	do(t, ctx, aspen, room.Command{Do: room.CommandMeetNow})
	await(t, ctx, aspen, "the refusal", refusedWith(room.CodeClockWrong))
}

// plainSender is a relay handler that waits for the connection, and makes keyframes.
type plainSender struct {
	connected func()
	camera    *source.Source
}

func (p *plainSender) Connected(relay.Session)               { p.connected() }
func (p *plainSender) KeyframeWanted(media.Stream)           { p.camera.RequestKeyframe(source.AllLayers) }
func (*plainSender) Disconnected(error, time.Duration)       {}
func (*plainSender) ParticipantJoined(relay.Participant)     {}
func (*plainSender) ParticipantLeft(string)                  {}
func (*plainSender) TrackPublished(string, media.Stream)     {}
func (*plainSender) TrackGone(string, media.Stream)          {}
func (*plainSender) TrackMuted(string, media.Stream, bool)   {}
func (*plainSender) Data(string, []byte)                     {}
func (*plainSender) Frame(string, media.Stream, media.Frame) {}
