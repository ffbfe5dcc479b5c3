// Package generationstest has a folder that fails and crashes where it is told to, so that a backend can show that it
// loses nothing whatever the step.
package generationstest

import (
	"errors"
	"fmt"
	"slices"

	"greenroom/keystore/internal/generations"
)

// ErrCrashed is what every step gives after the crash.
var ErrCrashed = errors.New("the machine crashed")

// Faulty is a folder that fails at one step, and does not wait for the disk: what a sync is good for shows in a
// crash. Steps are counted over everything that changes the folder: create, write, sync, close, rename, remove, sync of
// the folder.
//
// With Crash set, the step does not happen, and neither does anything after it; what was not yet synced is then lost or
// kept, as LoseData and LoseNames say. Without it, the step alone fails, with Err.
type Faulty struct {
	generations.Folder
	FailAt int // the first step is 1; 0: never
	Err    error
	Crash  bool
	// A crash empties files that were not synced, and undoes renames that no sync of the folder made last.
	LoseData, LoseNames bool

	Done []string // what the steps so far were

	down    bool
	renames []rename // since the last sync of the folder
	dirty   []string // files written and not synced

	first  *Faulty   // whose machine this folder is of; nil: its own
	beside []*Faulty // the other folders of the machine
}

// Beside returns another folder of the same machine: its steps count among those of this one, and a crash is one of both.
func (d *Faulty) Beside(folder generations.Folder) *Faulty {
	other := &Faulty{Folder: folder, first: d}
	d.beside = append(d.beside, other)
	return other
}

// rename is a rename that can be undone.
type rename struct {
	from, to string
	over     []byte // what had the name to before; nil: nothing
}

// step counts one step and says whether it fails.
func (d *Faulty) step(what string) error {
	if d.first != nil {
		return d.first.step(what)
	}
	if d.down {
		return ErrCrashed
	}
	d.Done = append(d.Done, what)
	if len(d.Done) != d.FailAt {
		return nil
	}
	if !d.Crash {
		return fmt.Errorf("%s: %w", what, d.Err)
	}
	d.down = true
	for _, folder := range append(d.beside, d) {
		folder.undo(d.LoseData, d.LoseNames)
	}
	return ErrCrashed
}

// undo is what the disk forgets when the power goes.
func (d *Faulty) undo(loseData, loseNames bool) {
	if loseData {
		for _, name := range d.dirty {
			must(writeFile(d.Folder, name, nil))
		}
	}
	if !loseNames {
		return
	}
	slices.Reverse(d.renames)
	for _, r := range d.renames {
		must(d.Folder.Rename(r.to, r.from))
		if r.over != nil {
			must(writeFile(d.Folder, r.to, r.over))
		}
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func writeFile(d generations.Folder, name string, bytes []byte) error {
	f, err := d.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(bytes)
	return errors.Join(err, f.Close())
}

// Create is one step, and so is each thing that is done with the file.
func (d *Faulty) Create(name string) (generations.File, error) {
	if err := d.step("create " + name); err != nil {
		return nil, err
	}
	f, err := d.Folder.Create(name)
	if err != nil {
		return nil, err
	}
	d.dirty = append(d.dirty, name)
	return &faultyFile{File: f, folder: d, name: name}, nil
}

// Rename is one step.
func (d *Faulty) Rename(from, to string) error {
	if err := d.step("rename " + from + " to " + to); err != nil {
		return err
	}
	over, err := d.Folder.Read(to)
	if err != nil {
		over = nil
	}
	d.renames = append(d.renames, rename{from, to, over})
	d.dirty = slices.DeleteFunc(d.dirty, func(name string) bool { return name == to })
	if i := slices.Index(d.dirty, from); i >= 0 {
		d.dirty[i] = to
	}
	return d.Folder.Rename(from, to)
}

// Remove is one step.
func (d *Faulty) Remove(name string) error {
	if err := d.step("remove " + name); err != nil {
		return err
	}
	return d.Folder.Remove(name)
}

// Sync is one step.
func (d *Faulty) Sync() error {
	if err := d.step("sync the folder"); err != nil {
		return err
	}
	d.renames = nil
	return nil
}

// faultyFile is a file of a Faulty.
type faultyFile struct {
	generations.File
	folder *Faulty
	name   string
}

// Write writes half before it fails, as a full disk does.
func (f *faultyFile) Write(b []byte) (int, error) {
	if err := f.folder.step("write " + f.name); err != nil {
		n, werr := f.File.Write(b[:len(b)/2])
		return n, errors.Join(err, werr)
	}
	return f.File.Write(b)
}

// Sync is one step; the disk is not waited for.
func (f *faultyFile) Sync() error {
	if err := f.folder.step("sync " + f.name); err != nil {
		return err
	}
	f.folder.dirty = slices.DeleteFunc(f.folder.dirty, func(name string) bool { return name == f.name })
	return nil
}

// Close always closes, so that the tests leak no descriptor.
func (f *faultyFile) Close() error {
	return errors.Join(f.folder.step("close "+f.name), f.File.Close())
}
