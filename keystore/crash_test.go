package keystore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"greenroom/keystore/internal/generations"
	"greenroom/keystore/internal/generations/generationstest"
)

// cheap is a cost that lets a test open hundreds of stores.
func cheap() argonCost { return argonCost{passes: 1, memory: 8, lanes: 1} }

// dearer is a little more than cheap.
func dearer() argonCost { return argonCost{passes: 2, memory: 16, lanes: 1} }

func testOptions() FileOptions {
	return FileOptions{Passphrase: []byte("correct horse"), CreateIfMissing: true}
}

// tryOpen opens and closes a store through a faulty folder. The public key is nil if it did not open.
func tryOpen(t *testing.T, dir string, cost argonCost, faults *generationstest.Faulty) ([]byte, Info, error) {
	t.Helper()
	opts := testOptions()
	opts.Wrap = func(d generations.Folder) generations.Folder { faults.Folder = d; return faults }
	s, err := openFile(dir, opts, internals{cost: cost})
	if err != nil {
		return nil, Info{}, err
	}
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return s.identity.point, s.Info(), nil
}

// mustOpen opens without faults.
func mustOpen(t *testing.T, dir string) ([]byte, Info) {
	t.Helper()
	point, info, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{})
	if err != nil {
		t.Fatalf("open %s: %v", dir, err)
	}
	return point, info
}

// situations are folders from which an OpenFile writes: each write has steps, and each step may be the last.
func situations() map[string]func(t *testing.T, dir string) (before []byte, cost argonCost) {
	return map[string]func(t *testing.T, dir string) ([]byte, argonCost){
		"a new identity": func(*testing.T, string) ([]byte, argonCost) { return nil, cheap() },
		"a second copy is missing": func(t *testing.T, dir string) ([]byte, argonCost) {
			point, _ := mustOpen(t, dir)
			remove(t, dir, generations.KeyFile.Name(1))
			return point, cheap()
		},
		"the newest is damaged": func(t *testing.T, dir string) ([]byte, argonCost) {
			point, _ := mustOpen(t, dir)
			overwrite(t, dir, generations.KeyFile.Name(2), nil)
			return point, cheap()
		},
		"the passphrase is strengthened": func(t *testing.T, dir string) ([]byte, argonCost) {
			point, _ := mustOpen(t, dir)
			return point, dearer()
		},
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, dir, name string, bytes []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), bytes, 0o600); err != nil {
		t.Fatal(err)
	}
}

// eachStep runs a situation again and again, with the fault at its first step, its second, and so on, until a run has
// no such step.
func eachStep(t *testing.T, faults generationstest.Faulty, check func(t *testing.T, dir string, before, got []byte, info Info, err error)) {
	for name, prepare := range situations() {
		t.Run(name, func(t *testing.T) {
			for step := 1; ; step++ {
				dir := filepath.Join(t.TempDir(), "keystore")
				before, cost := prepare(t, dir)
				run := faults
				run.FailAt = step
				got, info, err := tryOpen(t, dir, cost, &run)
				if len(run.Done) < step {
					if err != nil || step < 6 {
						t.Fatalf("a run of %d steps without a fault gave %v; a write has at least 6 steps", len(run.Done), err)
					}
					return
				}
				t.Logf("step %d, %s: %v", step, run.Done[step-1], err)
				check(t, dir, before, got, info, err)
			}
		})
	}
}

// TestCrashAtEveryStep: whatever the step, the next start has the identity that was there before or, if none was ever
// handed out, a new one. It never finds a corrupt store.
func TestCrashAtEveryStep(t *testing.T) {
	for name, faults := range map[string]generationstest.Faulty{
		"what was written is kept":         {Crash: true},
		"data that was not synced is lost": {Crash: true, LoseData: true},
		"what was not synced is lost":      {Crash: true, LoseData: true, LoseNames: true},
	} {
		t.Run(name, func(t *testing.T) {
			eachStep(t, faults, func(t *testing.T, dir string, before, got []byte, _ Info, err error) {
				if got == nil && !errors.Is(err, generationstest.ErrCrashed) {
					t.Fatalf("got %v, want the crash", err)
				}
				after, info := mustOpen(t, dir)
				if before != nil && !bytes.Equal(after, before) {
					t.Error("the identity changed")
				}
				if before == nil && got != nil && !bytes.Equal(after, got) {
					t.Error("the identity that was handed out is gone")
				}
				if again, _ := mustOpen(t, dir); !bytes.Equal(again, after) {
					t.Error("the identity changed at the start after")
				}
				if live := liveGenerations(t, dir); live != generations.Keep {
					t.Errorf("%d generations at rest, want %d; %v", live, generations.Keep, info.Notices)
				}
			})
		})
	}
}

func liveGenerations(t *testing.T, dir string) int {
	t.Helper()
	g, err := generations.Scan(generations.OSFolder(dir), generations.KeyFile, parseRecord)
	if err != nil {
		t.Fatal(err)
	}
	return min(len(g.Valid), generations.Keep)
}

// TestFullDiskAtEveryStep: a new identity is refused with ErrNoSpace; an existing one opens, and a notice tells.
func TestFullDiskAtEveryStep(t *testing.T) {
	for _, full := range []error{unix.ENOSPC, unix.EDQUOT} {
		t.Run(full.Error(), func(t *testing.T) {
			eachStep(t, generationstest.Faulty{Err: full}, func(t *testing.T, dir string, before, got []byte, info Info, err error) {
				if err != nil && (before != nil || !errors.Is(err, ErrNoSpace) || !errors.Is(err, full)) {
					t.Fatalf("got %v", err)
				}
				if before != nil && !bytes.Equal(got, before) {
					t.Error("another identity was handed out")
				}
				after, _ := mustOpen(t, dir)
				if want := firstOf(before, got); want != nil && !bytes.Equal(after, want) {
					t.Error("the identity changed")
				}
				if _, err := os.Stat(filepath.Join(dir, generations.TempName)); err == nil {
					t.Error("the temporary file still takes space")
				}
			})
		})
	}
}

func firstOf(a, b []byte) []byte {
	if a != nil {
		return a
	}
	return b
}

// TestFullDiskIsTold: what could not be mended is a notice, not a failure.
func TestFullDiskIsTold(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	want, _ := mustOpen(t, dir)
	remove(t, dir, generations.KeyFile.Name(1))
	got, info, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{FailAt: 2, Err: unix.ENOSPC})
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("open: %v", err)
	}
	if len(info.Notices) != 1 {
		t.Errorf("notices %q, want one that says that the copy is missing", info.Notices)
	}
}

// TestIOErrorIsNotMissing: an error of the disk is never taken for "no identity yet".
func TestIOErrorIsNotMissing(t *testing.T) {
	for name, wrap := range map[string]func(generations.Folder) generations.Folder{
		"listing": func(d generations.Folder) generations.Folder { return brokenFolder{Folder: d, names: unix.EIO} },
		"reading": func(d generations.Folder) generations.Folder { return brokenFolder{Folder: d, read: unix.EIO} },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "keystore")
			want, _ := mustOpen(t, dir)
			opts := testOptions()
			opts.Wrap = wrap
			_, err := openFile(dir, opts, internals{cost: cheap()})
			if !errors.Is(err, ErrUnreadable) || !errors.Is(err, unix.EIO) {
				t.Errorf("got %v, want ErrUnreadable", err)
			}
			if got, _ := mustOpen(t, dir); !bytes.Equal(got, want) {
				t.Error("the identity changed")
			}
		})
	}
}

// brokenFolder can't be listed or read.
type brokenFolder struct {
	generations.Folder
	names, read error
}

func (d brokenFolder) Names() ([]string, error) {
	if d.names != nil {
		return nil, d.names
	}
	return d.Folder.Names()
}

func (d brokenFolder) Read(name string) ([]byte, error) {
	if d.read != nil {
		return nil, d.read
	}
	return d.Folder.Read(name)
}
