package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"greenroom/daemon/lab"
	"greenroom/daemon/room"
	"greenroom/media/relay/relaytest"
)

const (
	// watchTime is how long the check looks at Aspen's screen.
	watchTime = 20 * time.Second
	// checkTime bounds the whole check.
	checkTime = 3 * time.Minute
	// fewestFrames is what must be seen of 600 that are sent in that time: a busy machine may drop some, a meeting that
	// stutters is not right.
	fewestFrames = 200
	// A stranger's count means something once it got this much by the pictures and the sound of both rooms.
	strangerTracks, strangerFrames = 4, 100
)

// result is the line of JSON.
type result struct {
	CodesEqual            bool    `json:"codes_equal"`
	FramesDecoded         int     `json:"frames_decoded"`
	AudioEnergy           float64 `json:"audio_energy"`
	JoinMS                int64   `json:"join_ms"` // from Aspen's command to the first picture of Birch on its screen
	CaptureToCanvasMSP50  float64 `json:"capture_to_canvas_ms_p50"`
	StrangerFramesDecoded int     `json:"stranger_frames_decoded"`
}

// wrong says what was not right, or nothing.
func (r result) wrong() error {
	var errs []error
	need := func(ok bool, what string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(what, args...))
		}
	}
	need(r.CodesEqual, "the two screens do not show the same security code")
	need(r.FramesDecoded >= fewestFrames, "Aspen's screen showed %d pictures of Birch in %s; %d or more were expected", r.FramesDecoded, watchTime, fewestFrames)
	need(r.AudioEnergy > 0, "Aspen's screen played no sound of Birch")
	need(r.CaptureToCanvasMSP50 > 0, "the age of Birch's pictures could not be read")
	need(r.StrangerFramesDecoded == 0, "a stranger without a key decoded %d pictures", r.StrangerFramesDecoded)
	return errors.Join(errs...)
}

// check lets the rooms meet under observation. It prints the line of JSON even when it can't go on to the end, with what
// is known until then.
func (d *demo) check(ctx context.Context, stdout io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	r, err := d.observe(ctx)
	if line, lineErr := json.Marshal(r); lineErr == nil {
		fmt.Fprintln(stdout, string(line))
	}
	if err != nil {
		return err
	}
	return r.wrong()
}

func (d *demo) observe(ctx context.Context) (result, error) {
	var r result
	browser, err := lab.OpenBrowser(ctx, d.lab.Dir)
	if err != nil {
		return r, err
	}
	defer browser.Close()
	aspen, err := openScreen(ctx, browser, d.aspen)
	if err != nil {
		return r, err
	}
	birch, err := openScreen(ctx, browser, d.birch)
	if err != nil {
		return r, err
	}
	join, err := d.host(ctx)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if err := d.aspen.Do(ctx, join); err != nil {
		return r, err
	}
	person, err := d.personOf(ctx, "Birch")
	if err != nil {
		return r, err
	}
	if err := aspen.AwaitPicture(ctx, person); err != nil {
		return r, err
	}
	r.JoinMS = time.Since(began).Milliseconds()
	d.say("Aspen's screen showed Birch's picture %d ms after the command to join.", r.JoinMS)

	if r.CodesEqual, err = codesEqual(ctx, aspen, birch); err != nil {
		return r, err
	}
	birch.Close() // one page fewer to draw: what follows measures Aspen's
	counted, err := d.stranger(ctx, browser)
	if err != nil {
		return r, err
	}
	r.StrangerFramesDecoded = counted.Frames
	d.say("A stranger received %d bytes of media and decoded %d pictures. Watching Aspen's screen for %s.", counted.Bytes, counted.Frames, watchTime)
	watched, err := aspen.Watch(ctx, person, watchTime)
	r.FramesDecoded, r.AudioEnergy, r.CaptureToCanvasMSP50 = watched.Frames, watched.Energy, watched.MedianAge()
	return r, err
}

func openScreen(ctx context.Context, b *lab.Browser, r *lab.Room) (lab.Screen, error) {
	url, err := r.ScreenURL()
	if err != nil {
		return lab.Screen{}, err
	}
	return b.OpenScreen(ctx, url)
}

// personOf waits until Aspen lists somebody of that name, and returns the id.
func (d *demo) personOf(ctx context.Context, name string) (string, error) {
	var id string
	_, err := d.aspen.Await(ctx, name, func(s room.State) bool {
		if s.Meeting == nil {
			return false
		}
		for _, p := range s.Meeting.People {
			if p.Name == name {
				id = p.ID
			}
		}
		return id != ""
	})
	return id, err
}

func codesEqual(ctx context.Context, a, b lab.Screen) (bool, error) {
	first, err := a.Code(ctx)
	if err != nil {
		return false, err
	}
	second, err := b.Code(ctx)
	return first == second && len(strings.Trim(first, "0123456789")) == 0, err
}

// stranger lets somebody into the relay's room who has a valid relay token and no key, and tells what it got to see.
func (d *demo) stranger(ctx context.Context, browser *lab.Browser) (lab.Counted, error) {
	rooms, err := d.lab.Relay.Rooms(ctx)
	if err != nil {
		return lab.Counted{}, err
	}
	if len(rooms) != 1 {
		return lab.Counted{}, fmt.Errorf("the relay has %d rooms, where one meeting was expected", len(rooms))
	}
	token, err := d.lab.Relay.Token("stranger", rooms[0], relaytest.TokenOptions{})
	if err != nil {
		return lab.Counted{}, err
	}
	stranger, err := browser.OpenStranger(ctx, d.lab.Root, d.lab.Relay.URL(), token)
	if err != nil {
		return lab.Counted{}, err
	}
	defer stranger.Close()
	return stranger.Await(ctx, func(c lab.Counted) bool { return c.Tracks >= strangerTracks && c.Fewest >= strangerFrames })
}
