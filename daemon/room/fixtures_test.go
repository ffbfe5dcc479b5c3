package room_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"greenroom/daemon/room"
)

var update = flag.Bool("update", false, "write the fixtures of the web pages anew")

// fixtures are the States that the web pages' tests show. They are made by driving a Room, so that they are States
// that a room really gets into.
var fixtures = map[string]func(*testing.T) *drive{
	"starting":    newDrive,
	"idle":        idleDrive,
	"idle-booked": func(t *testing.T) *drive { return booked(idleDrive(t)).after(5 * time.Minute).apply(room.Tick{}) },
	"idle-camera-unplugged": func(t *testing.T) *drive {
		return idleDrive(t).after(4 * time.Minute).apply(room.DeviceChanged{
			Stream: "camera", Name: "Logi Rally Camera", State: room.DeviceFailed,
			Reason: "The camera was unplugged; the room looks for it.", Cause: room.Cause{Code: room.CauseDeviceFailed, About: "Logi Rally Camera"},
		}).after(12 * time.Minute).apply(room.Tick{})
	},
	"joining-host": func(t *testing.T) *drive {
		d := idleDrive(t)
		d.do(room.Command{Do: room.CommandJoin, Number: "482913077", Passcode: "271828"})
		return d.apply(
			room.TicketGranted{Attempt: 1, Number: "482913077", Title: "Project review"},
			room.RelayUp{Attempt: 1},
			room.CoreChanged{Attempt: 1, Core: room.CoreView{Phase: room.CoreWaitingHost, Self: aspen}},
		).after(25 * time.Second).apply(room.Tick{})
	},
	"meeting-two":  func(t *testing.T) *drive { return meetingDrive(t, true) },
	"meeting-four": meetingOfFour,
	"meeting-verified": func(t *testing.T) *drive {
		d := meetingDrive(t, true).after(time.Minute)
		d.do(room.Command{Do: room.CommandCompare, Matches: true, Code: digits})
		v := in(aspen, aspen, birch, cedar, dogwood)
		v.Compared, v.JoinedSince = room.Matches, 2
		return d.core(v).sends(cedar, dogwood)
	},
	"meeting-not-secure": func(t *testing.T) *drive {
		d := meetingDrive(t, false).after(time.Minute)
		d.do(room.Command{Do: room.CommandCompare, Matches: false, Code: digits})
		return d
	},
	"meeting-reconnecting": func(t *testing.T) *drive {
		return meetingDrive(t, true).after(5*time.Minute).apply(
			room.RelayDown{Attempt: 1, Reason: "connection reset"},
			room.TileHealth{Attempt: 1, Person: birch, Stream: "camera", Reason: room.TileNoFrames},
		).after(12 * time.Second).apply(room.Tick{})
	},
	"meeting-host":    meetingOfAHost,
	"meeting-trouble": meetingInTrouble,
	"meeting-sharing": func(t *testing.T) *drive {
		d := meetingOfAHost(t).apply(room.DeviceChanged{Stream: "content", Name: "HDMI", State: room.DeviceReady})
		d.do(room.Command{Do: room.CommandShare, On: true})
		return d.after(time.Second).apply(room.DeviceChanged{Stream: "content", Name: "HDMI", State: room.DeviceRunning})
	},
	"meeting-speaker": func(t *testing.T) *drive {
		d := meetingDrive(t, false)
		d.core(in(birch, aspen, birch, cedar, dogwood)).sends(cedar, dogwood)
		d.do(room.Command{Do: room.CommandLayout, Text: "speaker"})
		return d.talk(map[string]int{cedar: 55}, 3*time.Second)
	},
	"meeting-enhanced": func(t *testing.T) *drive {
		v := in(birch, birch, aspen)
		v.Kind, v.Code = room.KindEnhanced, nil
		return meetingDrive(t, false).core(v)
	},
	"ringing": func(t *testing.T) *drive {
		return callableDrive(t).apply(room.CallRinging{Call: "c1", From: "Birch", Encryption: room.KindEnhanced}).
			after(5 * time.Second).apply(room.Tick{})
	},
	"calling": func(t *testing.T) *drive {
		return callingDrive(t).after(5 * time.Second).apply(room.Tick{})
	},
	"call-enhanced": func(t *testing.T) *drive { return callDrive(t) },
	"call-upgraded": func(t *testing.T) *drive {
		return callDrive(t).after(time.Minute).core(call(room.KindE2EE)).apply(room.Announced{Attempt: 1, Kind: room.NoticeUpgraded})
	},
	"idle-preview": func(t *testing.T) *drive {
		return idleDrive(t).apply(cameras(front, table), picture(-20), room.PreviewChanged{On: true}, room.Levels{Mine: 55})
	},
	"idle-cameras": func(t *testing.T) *drive { return idleDrive(t).apply(cameras(front, table)) },
	"idle-equipped": func(t *testing.T) *drive {
		return equippedDrive(t).apply(
			room.DeviceChanged{Stream: "microphone", Name: "USB microphone", State: room.DeviceRunning, Echo: room.EchoHeard},
			room.MuteButtonChanged{ID: "1", Name: "Example Speak", Light: true, State: room.DeviceRunning},
		)
	},
	"meeting-equipped": func(t *testing.T) *drive {
		return equip(meetingDrive(t, true)).apply(
			cameras(front, table, window), picture(-20),
			room.DisplayTold{Power: "on", Input: "hdmi1", Volume: 40},
			room.DeviceChanged{Stream: "content", Name: "HDMI", State: room.DeviceReady},
			room.LineChanged{
				Equipment: room.EquipmentControls, Controls: []string{"Blinds up", "Blinds down"}, State: room.DeviceFailed, Reason: "The adapter of the blinds is gone.",
				Cause: room.Cause{Code: room.CausePortGone, About: "/dev/serial/by-id/usb-blinds"},
			},
		)
	},
	"fault-keystore": func(t *testing.T) *drive {
		return newDrive(t).after(2 * time.Second).apply(room.FaultRaised{Fault: room.FaultOf(room.FaultKeystoreCorrupt)})
	},
}

// meetingOfFour: one speaks, one is muted, one has the camera off, and one shares content.
func meetingOfFour(t *testing.T) *drive {
	d := meetingDrive(t, true).after(2 * time.Minute)
	d.core(in(aspen, aspen, birch, cedar, dogwood)).sends(cedar, dogwood)
	return d.apply(
		room.PeerMedia{Attempt: 1, Person: cedar, Stream: "content", Published: true},
		room.TileHealth{Attempt: 1, Person: cedar, Stream: "content"},
		room.PeerMedia{Attempt: 1, Person: cedar, Stream: "microphone", Published: true, Muted: true},
		room.PeerMedia{Attempt: 1, Person: dogwood, Stream: "camera", Published: true, Muted: true},
		room.Announced{Attempt: 1, Kind: room.NoticeJoined, Name: "Cedar"},
		room.Announced{Attempt: 1, Kind: room.NoticeJoined, Name: "Dogwood"},
		room.Levels{Mine: 4, People: map[string]int{birch: 62, dogwood: 7}},
	)
}

// meetingOfAHost: locked, with people who wait, chat, a hand, an emoji, and somebody who compared the code.
func meetingOfAHost(t *testing.T) *drive {
	d := meetingDrive(t, true).after(2 * time.Minute)
	v := in(aspen, aspen, birch, cedar, dogwood)
	v.Locked = true
	v.Members[1].Compared, v.Members[2].Hand = room.Matches, true
	v.Waiting = []room.CoreMember{{ID: elm, Name: "Elm", Organisation: true}, {ID: fir, Name: "Guest of Example Office"}}
	d.core(v).sends(cedar, dogwood)
	return d.apply(
		room.ChatReceived{Attempt: 1, Person: birch, Name: "Birch", Text: "The agenda is on page 2."},
		room.ChatReceived{Attempt: 1, Person: aspen, Name: "Aspen", Text: "Thank you."},
		room.Reacted{Attempt: 1, Person: dogwood, Reaction: "👏"},
		room.Announced{Attempt: 1, Kind: room.NoticeLocked},
		room.Announced{Attempt: 1, Kind: room.NoticeCompared, Name: "Birch"},
		room.Announced{Attempt: 1, Kind: room.NoticeHand, Name: "Cedar"},
	)
}

// meetingInTrouble: one's frames do not open, another's key is late, a third says that the code differs.
func meetingInTrouble(t *testing.T) *drive {
	d := meetingDrive(t, false).after(2 * time.Minute)
	v := in(birch, birch, aspen, cedar, dogwood)
	v.Compared, v.Members[3].Compared = room.Matches, room.Differs
	d.core(v).sends(cedar, dogwood)
	return d.apply(
		room.TileHealth{Attempt: 1, Person: birch, Stream: "camera", Reason: room.TileWaitingKey},
		room.TileHealth{Attempt: 1, Person: cedar, Stream: "camera", Reason: room.TileWrongKey},
		room.TileHealth{Attempt: 1, Person: dogwood, Stream: "microphone", Reason: room.TileReplay},
		room.Announced{Attempt: 1, Kind: room.NoticeLeaderChanged, Name: "Birch"},
		room.Announced{Attempt: 1, Kind: room.NoticeDiffers, Name: "Dogwood"},
		room.Announced{Attempt: 1, Kind: room.NoticeDivided, Name: "Cedar"},
		room.Announced{Attempt: 1, Kind: room.NoticeMuteAsked, Name: "Birch"},
	)
}

func TestFixturesOfTheWebPages(t *testing.T) {
	dir := filepath.Join("..", "..", "web", "fixtures", "state")
	for name, make := range fixtures {
		t.Run(name, func(t *testing.T) {
			got, err := json.MarshalIndent(make(t).state(), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			path := filepath.Join(dir, name+".json")
			if *update {
				writeFixture(t, path, got)
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v; run: go test ./daemon/room -run Fixtures -update", err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what the room makes; look at the difference, then run: go test ./daemon/room -run Fixtures -update\n%s", path, got)
			}
		})
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) != len(fixtures) {
		t.Errorf("%d fixtures in %s, want %d (%v)", len(files), dir, len(fixtures), err)
	}
}

func writeFixture(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
