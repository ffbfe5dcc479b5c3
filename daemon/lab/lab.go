// Package lab runs a whole Greenroom on this machine from real programs, for the demo and for the end-to-end tests:
// LiveKit, greenroom-hub, rooms (greenroomd, each with its own configuration, state folder and keystore), and headless
// Chromium to look at their screens.
//
// Everything listens on loopback, lies below one folder, and ends with the lab's own process. The package holds what
// starts, stops and observes; what must be true of a meeting stands in its tests and in the demo.
package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"greenroom/media/relay/relaytest"
)

// Lab is one LiveKit, one hub and some rooms.
type Lab struct {
	Root string // the repository
	Dir  string // where everything of this lab lies
	bin  string

	// Address is what LiveKit and the hub listen on: loopback, unless it is set before Start to an address of a network
	// of the test's own, with rooms that are not on this machine.
	Address string

	Relay *relaytest.Server
	Hub   *Hub
	rooms []*Room
}

const loopback = "127.0.0.1"

// New prepares a lab in a folder, which is made. The programs are those that `make build` has put into .bin.
func New(dir string) (*Lab, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("a folder for the lab: %w", err)
	}
	l := &Lab{Root: root, Dir: dir, bin: filepath.Join(root, ".bin"), Address: loopback}
	for _, program := range []string{"livekit-server", "greenroom-hub", "greenroomd", "greenroom-capture"} {
		if _, err := os.Stat(filepath.Join(l.bin, program)); err != nil {
			return nil, fmt.Errorf("%s is not built: run `make build livekit` first", program)
		}
	}
	return l, nil
}

// findRoot returns the nearest folder at or above the working directory that has a go.mod.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("run this inside Greenroom's repository: no go.mod was found here or above")
		}
		dir = parent
	}
}

// Start starts LiveKit, makes the rooms' identities, and starts the hub, which knows them all. The rooms themselves are
// started one by one.
func (l *Lab) Start(ctx context.Context, rooms ...RoomSpec) error {
	relayDir := filepath.Join(l.Dir, "relay")
	if err := os.MkdirAll(relayDir, 0o700); err != nil {
		return err
	}
	var err error
	options := relaytest.Options{Binary: filepath.Join(l.bin, "livekit-server"), Dir: relayDir}
	if l.Address != loopback {
		options.Host = l.Address
	}
	l.Relay, err = relaytest.Start(ctx, options)
	if err != nil {
		return err
	}
	for _, spec := range rooms {
		r, err := l.prepareRoom(ctx, spec)
		if r != nil {
			l.rooms = append(l.rooms, r) // its TPM may run
		}
		if err != nil {
			return err
		}
	}
	if l.Hub, err = l.startHub(ctx); err != nil {
		return err
	}
	for _, r := range l.rooms {
		if err := r.configure(); err != nil {
			return err
		}
	}
	return nil
}

// Room returns a room by its name.
func (l *Lab) Room(name string) *Room {
	for _, r := range l.rooms {
		if r.Spec.Name == name {
			return r
		}
	}
	return nil
}

// AwaitEnd waits until ctx ends, or until one of the programs that run now has ended by itself, which the error names.
func (l *Lab) AwaitEnd(ctx context.Context) error {
	watched, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	watch := func(name, log string, done <-chan struct{}) {
		wg.Go(func() {
			select {
			case <-done:
				cancel(fmt.Errorf("%s has ended by itself; its log: %s", name, log))
			case <-watched.Done():
			}
		})
	}
	watch("LiveKit", l.Relay.LogFile(), l.Relay.Done())
	programs := []*Process{l.Hub.process}
	for _, r := range l.rooms {
		programs = append(programs, r.process, r.tpm)
	}
	for _, p := range programs {
		if p != nil {
			watch(p.Name, p.Log, p.Done())
		}
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(watched)
}

// Stop stops everything that was started, the rooms first, so that they can say farewell.
func (l *Lab) Stop() error {
	var errs []error
	for _, r := range l.rooms {
		errs = append(errs, r.Stop())
	}
	for _, r := range l.rooms {
		r.KillTPM() // it has nothing to say farewell to, and its state is on the disk after each command
	}
	if l.Hub != nil {
		errs = append(errs, l.Hub.Stop())
	}
	if l.Relay != nil {
		errs = append(errs, l.Relay.Stop())
	}
	return errors.Join(errs...)
}
