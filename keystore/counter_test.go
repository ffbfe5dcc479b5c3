package keystore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"greenroom/keystore/internal/generations"
	"greenroom/keystore/internal/generations/generationstest"
)

// counted opens a store and counts n times.
func counted(t *testing.T, dir string, n int) {
	t.Helper()
	s := cheapStore(t, dir, &generationstest.Faulty{})
	for range n {
		if _, err := s.Increment(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// cheapStore opens a store through a faulty folder; nil: none.
func cheapStore(t *testing.T, dir string, faults *generationstest.Faulty) *fileStore {
	t.Helper()
	opts := testOptions()
	if faults != nil {
		opts.Wrap = func(d generations.Folder) generations.Folder { faults.Folder = d; return faults }
	}
	s, err := openFile(dir, opts, internals{cost: cheap()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func value(t *testing.T, dir string) (uint64, Info) {
	t.Helper()
	s := cheapStore(t, dir, nil)
	defer s.Close()
	got, err := s.Counter()
	if err != nil {
		t.Fatal(err)
	}
	return got, s.Info()
}

// TestCounterOutlivesDamage: the newest counter file with each byte flipped in turn, and cut: the value is the same, and
// the file is set aside.
func TestCounterOutlivesDamage(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "keystore")
	counted(t, source, 3)
	for name, bad := range damages(readFile(t, source, generations.CounterFile.Name(3))) {
		dir := copyFolder(t, source)
		overwrite(t, dir, generations.CounterFile.Name(3), bad)
		s := cheapStore(t, dir, &generationstest.Faulty{})
		got, err := s.Counter()
		if err != nil || got != 3 || len(s.Info().Notices) != 1 {
			t.Fatalf("%s: %d, %v, %q", name, got, err, s.Info().Notices)
		}
		if got, err := s.Increment(); err != nil || got != 4 {
			t.Fatalf("%s: it went on with %d, %v", name, got, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func readFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// copyFolder returns a copy of a store's folder.
func copyFolder(t *testing.T, source string) string {
	t.Helper()
	names, err := generations.OSFolder(source).Names()
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for _, name := range names {
		files[name] = readFile(t, source, name)
	}
	return folderWith(t, files)
}

// TestCounterRolledBack: what a file can find, and what it can't. Old counter files put beside the rest change nothing; the
// whole folder put back is what it was.
func TestCounterRolledBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	counted(t, dir, 2)
	old := copyFolder(t, dir)
	counted(t, dir, 5)
	for _, name := range []string{generations.CounterFile.Name(1), generations.CounterFile.Name(2)} {
		overwrite(t, dir, name, readFile(t, old, generations.CounterFile.Name(2)))
	}
	if got, info := value(t, dir); got != 7 || len(info.Notices) != 1 {
		t.Errorf("with old files beside the new ones it is %d, %q", got, info.Notices)
	}
	if got, info := value(t, old); got != 2 || len(info.Notices) != 0 {
		t.Errorf("the old folder has %d, %q", got, info.Notices)
	}
}

// TestCounterOfAnotherDevice: a counter file of another device is set aside.
func TestCounterOfAnotherDevice(t *testing.T) {
	dir, other := filepath.Join(t.TempDir(), "keystore"), filepath.Join(t.TempDir(), "keystore")
	counted(t, dir, 1)
	counted(t, other, 2)
	overwrite(t, dir, generations.CounterFile.Name(2), readFile(t, other, generations.CounterFile.Name(2)))
	got, info := value(t, dir)
	if got != 2 || len(info.Notices) != 1 || !strings.Contains(info.Notices[0], "not this device's") {
		t.Errorf("it is %d, %q", got, info.Notices)
	}
}

// TestCounterOfALaterVersion: the store does not open, rather than count where a newer program counted.
func TestCounterOfALaterVersion(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	counted(t, dir, 1)
	overwrite(t, dir, generations.CounterFile.Name(2), resum(append([]byte(countMagic+"\x02"), make([]byte, 100)...)))
	if _, _, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
}

// TestCounterAtItsEnd: it says so, and does not begin again.
func TestCounterAtItsEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	counted(t, dir, 1)
	overwrite(t, dir, generations.CounterFile.Name(math.MaxUint64), []byte("somebody's"))
	s := cheapStore(t, dir, nil)
	defer s.Close()
	var e *Error
	if _, err := s.Increment(); !errors.Is(err, ErrRefused) || !errors.As(err, &e) || e.Do == "" {
		t.Errorf("count: %v", err)
	}
	if got, err := s.Counter(); got != math.MaxUint64 || err != nil {
		t.Errorf("it is %d, %v", got, err)
	}
}

// TestCounterCrashes: whatever the step at which the machine stops, the counter is what was returned last or one more.
func TestCounterCrashes(t *testing.T) {
	for name, faults := range map[string]generationstest.Faulty{
		"what was written is kept":    {Crash: true},
		"what was not synced is lost": {Crash: true, LoseData: true, LoseNames: true},
		"the disk is full":            {Err: unix.ENOSPC},
	} {
		t.Run(name, func(t *testing.T) {
			for step := 1; ; step++ {
				dir, run := filepath.Join(t.TempDir(), "keystore"), faults
				counted(t, dir, 2)
				run.FailAt = step
				s := cheapStore(t, dir, &run)
				last := uint64(2)
				for {
					got, err := s.Increment()
					if err != nil {
						if run.Err != nil && !errors.Is(err, ErrNoSpace) {
							t.Errorf("step %d: %v, want ErrNoSpace", step, err)
						}
						break
					}
					if last = got; last == 5 {
						break
					}
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if got, _ := value(t, dir); got != last && got != last+1 {
					t.Errorf("step %d: it is %d, and was %d", step, got, last)
				}
				if len(run.Done) < step {
					return
				}
			}
		})
	}
}

// TestFormerKeys: what was sealed before opens after a handover, over several of them; a handover is for one identity
// only.
func TestFormerKeys(t *testing.T) {
	sealer := func(b byte) *Sealer {
		s, err := NewSealer(bytes.Repeat([]byte{b}, keyLen), [16]byte{1}, &counting{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one, two, three, other := sealer(1), sealer(2), sealer(3), sealer(4)
	sealed, err := one.Seal("p", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	hand := func(from, to *Sealer) []byte {
		handed, err := from.HandOver(to)
		if err == nil {
			err = to.TakeOver(handed)
		}
		if err != nil {
			t.Fatal(err)
		}
		return handed
	}
	hand(one, two)
	handed := hand(two, three)
	for name, s := range map[string]*Sealer{"the second": two, "the third": three} {
		if got, err := s.Unseal("p", sealed); err != nil || string(got) != "secret" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := other.Unseal("p", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("another one opens it: %v", err)
	}
	for i := range handed {
		bad := bytes.Clone(handed)
		bad[i] ^= 1
		if err := three.TakeOver(bad); !errors.Is(err, ErrSealed) {
			t.Errorf("byte %d flipped: %v", i, err)
		}
	}
	if err := other.TakeOver(handed); !errors.Is(err, ErrSealed) {
		t.Errorf("another one takes it over: %v", err)
	}
	three.Forget()
	if err := three.TakeOver(handed); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := three.HandOver(two); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// FuzzCount: whatever the bytes, the reader answers; what it accepts it gives back byte for byte. The input is a file
// without its checksum.
func FuzzCount(f *testing.F) {
	f.Add((&count{value: 7}).body())
	f.Add([]byte(countMagic + "\x02"))
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		file := append(bytes.Clone(body), sum[:]...)
		c, err := parseCount(file)
		if err != nil {
			if !errors.Is(err, generations.ErrDamaged) && !errors.Is(err, generations.ErrNewer) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if !bytes.Equal(c.Marshal(), file) {
			t.Errorf("parse and marshal are not inverse for %x", file)
		}
	})
}

// FuzzTakeOver: no bytes make a sealer panic, and only what was handed over to it is taken.
func FuzzTakeOver(f *testing.F) {
	one, err := NewSealer(bytes.Repeat([]byte{1}, keyLen), [16]byte{1}, &counting{})
	if err != nil {
		f.Fatal(err)
	}
	two, err := NewSealer(bytes.Repeat([]byte{2}, keyLen), [16]byte{1}, &counting{})
	if err != nil {
		f.Fatal(err)
	}
	handed, err := one.HandOver(two)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(handed)
	f.Add(handed[:40])
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := two.TakeOver(b); (err == nil) != bytes.Equal(b, handed) {
			t.Errorf("%x: %v", b, err)
		}
	})
}
