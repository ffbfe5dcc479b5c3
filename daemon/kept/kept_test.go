package kept_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"greenroom/daemon/kept"
	"greenroom/daemon/room"
)

// set is a room in which people have set this volume, and muted.
func set(volume int) room.Kept {
	return room.Kept{
		Volume: &volume, Muted: true,
		Adjusted: []room.Adjusted{{Camera: "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0", Label: "C920", Name: "zoom", Value: 150}},
	}
}

// keeper returns one of a folder that is not there yet, and its log.
func keeper(t *testing.T) (k *kept.Keeper, dir string, log *bytes.Buffer) {
	t.Helper()
	log = &bytes.Buffer{}
	dir = filepath.Join(t.TempDir(), "state")
	return kept.New(dir, slog.New(slog.NewTextHandler(log, nil))), dir, log
}

func expect(t *testing.T, k *kept.Keeper, want room.Kept) {
	t.Helper()
	if got := k.Load(); !reflect.DeepEqual(got, want) {
		t.Errorf("kept is %+v, want %+v", got, want)
	}
}

// TestKept: the latest of what was kept comes back, for the daemon alone to read, and nothing else stays behind.
func TestKept(t *testing.T) {
	k, dir, log := keeper(t)
	expect(t, k, room.Kept{})
	for volume := range 3 {
		k.Keep(set(volume))
		k.Keep(set(volume + 10))
		if err := k.Flush(); err != nil {
			t.Fatal(err)
		}
		expect(t, k, set(volume+10))
	}
	if err := k.Flush(); err != nil {
		t.Errorf("nothing to write: %v", err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 1 {
		t.Errorf("the folder has %v, %v", names, err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "kept.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info, err, want)
		}
	}
	if log.Len() > 0 {
		t.Errorf("the log says %s", log)
	}
}

// TestDamaged: a file that makes no sense is set aside as it is, the log says so, and the room begins muted.
func TestDamaged(t *testing.T) {
	for what, text := range map[string]string{
		"empty": "", "half": `{"volume":3`, "another thing": `{"volume":"loud"}`, "zeroes": strings.Repeat("\x00", 512),
		"too large": strings.Repeat(" ", 2<<20) + "{}",
	} {
		t.Run(what, func(t *testing.T) {
			k, dir, log := keeper(t)
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "kept.json"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			expect(t, k, room.NothingKnown())
			if aside, err := os.ReadFile(filepath.Join(dir, "kept.json.damaged")); err != nil || string(aside) != text {
				t.Errorf("set aside were %d bytes of %d, %v", len(aside), len(text), err)
			}
			if !strings.Contains(log.String(), "kept.json.damaged") {
				t.Errorf("the log says %q", log)
			}
			k.Keep(set(40))
			if err := k.Flush(); err != nil {
				t.Fatal(err)
			}
			expect(t, k, set(40))
		})
	}
}

// TestUnreadable: a file that is not one says nothing of what people wanted either.
func TestUnreadable(t *testing.T) {
	k, dir, log := keeper(t)
	if err := os.MkdirAll(filepath.Join(dir, "kept.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	expect(t, k, room.NothingKnown())
	expect(t, k, room.Kept{}) // it was set aside
	if !strings.Contains(log.String(), "muted") {
		t.Errorf("the log says %q", log)
	}
}

// TestAHalfWrittenFileIsNone: what was being written when the power went counts for nothing.
func TestAHalfWrittenFileIsNone(t *testing.T) {
	k, dir, _ := keeper(t)
	k.Keep(set(40))
	if err := k.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kept.json.new"), []byte(`{"volume":9`), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, k, set(40))
	k.Keep(set(50))
	if err := k.Flush(); err != nil {
		t.Fatal(err)
	}
	expect(t, k, set(50))
}

// TestRun: a folder that cannot be written is tried again with growing pauses, and what is kept meanwhile is not lost.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, dir, log := keeper(t)
		if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file where the folder should be
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { k.Run(ctx); close(done) }()
		k.Keep(set(20))
		time.Sleep(10 * time.Minute) // of the bubble's clock
		synctest.Wait()
		if n := strings.Count(log.String(), "tried again"); n < 5 || n > 20 {
			t.Errorf("it was tried %d times in 10 minutes", n)
		}
		k.Keep(set(30))
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		expect(t, k, set(30))
		k.Keep(set(60))
		synctest.Wait()
		expect(t, k, set(60))
		cancel()
		<-done
		k.Keep(set(70))
		if err := k.Flush(); err != nil {
			t.Fatal(err)
		}
		expect(t, k, set(70))
	})
}
