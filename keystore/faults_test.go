package keystore

import (
	"errors"
	"fmt"
	"slices"

	"greenroom/keystore/internal/generations"
)

// Errors of the failing folder.
var errCrashed = errors.New("the machine crashed")

// faultyFolder is a folder that fails at one step, and does not wait for the disk: what a sync is good for shows in a
// crash. Steps are counted over everything that changes the folder: create, write, sync, close, rename, remove, sync of
// the folder.
//
// With crash set, the step does not happen, and neither does anything after it; what was not yet synced is then lost or
// kept, as loseData and loseNames say. Without it, the step alone fails, with err.
type faultyFolder struct {
	generations.Folder
	failAt int // the first step is 1; 0: never
	err    error
	crash  bool
	// A crash empties files that were not synced, and undoes renames that no sync of the folder made last.
	loseData, loseNames bool

	steps   int
	names   []string // of the steps so far, for messages
	down    bool
	renames []rename // since the last sync of the folder
	dirty   []string // files written and not synced
}

// rename is a rename that can be undone.
type rename struct {
	from, to string
	over     []byte // what had the name to before; nil: nothing
}

// step counts one step and says whether it fails.
func (d *faultyFolder) step(what string) error {
	if d.down {
		return errCrashed
	}
	d.steps++
	d.names = append(d.names, what)
	if d.steps != d.failAt {
		return nil
	}
	if !d.crash {
		return fmt.Errorf("%s: %w", what, d.err)
	}
	d.down = true
	d.undo()
	return errCrashed
}

// undo is what the disk forgets when the power goes.
func (d *faultyFolder) undo() {
	if d.loseData {
		for _, name := range d.dirty {
			must(writeFile(d.Folder, name, nil))
		}
	}
	if !d.loseNames {
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

func (d *faultyFolder) Create(name string) (generations.File, error) {
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

func (d *faultyFolder) Rename(from, to string) error {
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

func (d *faultyFolder) Remove(name string) error {
	if err := d.step("remove " + name); err != nil {
		return err
	}
	return d.Folder.Remove(name)
}

func (d *faultyFolder) Sync() error {
	if err := d.step("sync the folder"); err != nil {
		return err
	}
	d.renames = nil
	return nil
}

// faultyFile is a file of a faultyFolder.
type faultyFile struct {
	generations.File
	folder *faultyFolder
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
