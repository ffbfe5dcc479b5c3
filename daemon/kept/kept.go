// Package kept keeps in a file what people have set in a room and what is to outlast a restart (room.Kept).
//
// The file is state.dir/kept.json. A reader sees the old one or the new one, never half of it, whenever the power goes: it is
// written beside, synchronised, and renamed. A file that cannot be understood is set aside as kept.json.damaged, and the room
// begins with what the configuration says, muted and with its camera off: nobody knows what people wanted.
package kept

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"greenroom/daemon/room"
)

// The files in the state folder.
const (
	name    = "kept.json"
	fresh   = name + ".new" // being written
	damaged = name + ".damaged"
)

// maxSize bounds what is read, in bytes: several times what a room keeps at most.
const maxSize = 1 << 20

// Pauses before what could not be written is written again: they double from the first to the last.
const (
	againFirst = time.Second
	againLast  = time.Minute
)

// Keeper writes what is to be kept. The latest counts: what came before it and is not written yet is never written.
type Keeper struct {
	dir  string
	log  *slog.Logger
	wake chan struct{}

	mu      sync.Mutex
	pending *room.Kept // nil: all is written

	writing sync.Mutex // one at a time
}

// New returns a keeper for a state folder, which need not be there yet.
func New(dir string, log *slog.Logger) *Keeper {
	return &Keeper{dir: dir, log: log, wake: make(chan struct{}, 1)}
}

// Load returns what was kept. A room that has kept nothing yet gets the empty Kept; one whose file cannot be read or
// understood gets room.NothingKnown, and the log says why.
func (k *Keeper) Load() room.Kept {
	path := filepath.Join(k.dir, name)
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return room.Kept{}
	}
	var kept room.Kept
	if err == nil {
		kept, err = room.ParseKept(text)
	}
	if err == nil {
		return kept
	}
	aside := filepath.Join(k.dir, damaged)
	k.log.Error("what people had set in the room is lost: it begins as configured, muted and with its camera off",
		"file", path, "error", err, "set_aside", aside)
	if err := os.Rename(path, aside); err != nil {
		k.log.Error("the damaged file could not be set aside: the next one takes its place", "file", path, "error", err)
	}
	return room.NothingKnown()
}

// read reads a plain file of bounded size.
func read(path string) ([]byte, error) {
	// Not waiting for a pipe's writer.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(text) > maxSize {
		err = fmt.Errorf("%s has more than %d bytes", path, maxSize)
	}
	return text, err
}

// Keep has something kept, in place of what was kept before. It never blocks.
func (k *Keeper) Keep(kept room.Kept) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pending = &kept
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Run writes until ctx ends. What comes later is for Flush.
func (k *Keeper) Run(ctx context.Context) {
	pause := againFirst
	for {
		var again <-chan time.Time
		if err := k.Flush(); err != nil {
			again, pause = time.After(pause), min(2*pause, againLast)
		} else {
			pause = againFirst
		}
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-again:
		}
	}
}

// Flush writes what is not written yet. What could not be written stays to be.
func (k *Keeper) Flush() error {
	k.writing.Lock()
	defer k.writing.Unlock()
	k.mu.Lock()
	kept := k.pending
	k.mu.Unlock()
	if kept == nil {
		return nil
	}
	text, err := json.Marshal(kept)
	if err == nil {
		err = k.write(append(text, '\n'))
	}
	if err != nil {
		k.log.Error("what people have set in the room would not outlast a restart: it is tried again", "folder", k.dir, "error", err)
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pending == kept {
		k.pending = nil
	}
	return nil
}

// write puts a file in the place of the old one.
func (k *Keeper) write(text []byte) error {
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(k.dir, fresh)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	if err := os.Rename(path, filepath.Join(k.dir, name)); err != nil {
		return err
	}
	folder, err := os.Open(k.dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
