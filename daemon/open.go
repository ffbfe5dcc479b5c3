package daemon

import (
	"context"
	"errors"
	"sync"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/keystore/tpm"
	"greenroom/systemd"
)

// Pauses before the keystore is tried again. What may pass by itself is tried after openFirst, and then after twice as long
// each time, at most openLast; what only somebody can mend, every openSeldom.
const (
	openFirst  = time.Second
	openLast   = 30 * time.Second
	openSeldom = time.Minute
)

// open opens the keystore, makes the room ready, and holds the keystore until ctx ends. A keystore that cannot be used
// is a fault on the screen, and never a new identity in place of the one that was lost: that is made only when somebody
// asks for it.
func (d *Daemon) open(ctx context.Context, service *systemd.Notifier) error {
	for {
		v, err := d.awaitStore(ctx, service)
		if err != nil || v == nil {
			return err
		}
		if err := d.live(ctx, service, v); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// live has the room live with an open keystore, until ctx ends or the keystore was set aside.
func (d *Daemon) live(ctx context.Context, service *systemd.Notifier, v *custody.Vault) error {
	defer v.Close()
	for _, notice := range v.Info().Notices {
		d.log.Warn("keystore", "notice", notice)
	}
	me, err := d.keys.become(v)
	if err != nil {
		return err
	}
	d.post(room.Ready{})
	if err := service.Ready("idle"); err != nil {
		d.log.Error("the service manager was not told that the room is ready", "error", err)
	}
	for {
		what, err := d.keys.attend(ctx, v, me)
		switch {
		case err != nil || what == ended:
			return err
		case what == renewed:
			me = d.self.Load()
			continue
		}
		d.keys.inUse.Lock() // an attempt that was given up may still say farewell
		defer d.keys.inUse.Unlock()
		d.self.Store(nil)
		d.keys.health.forget()
		d.post(room.FaultCleared{Code: room.FaultKeySucceeded})
		if err := v.Close(); err != nil {
			d.log.Error("the keystore was not closed in order", "error", err)
		}
		d.keys.setAside()
		return nil
	}
}

// attend is tend, with the connection to the hub beside it.
func (k *keyring) attend(ctx context.Context, v *custody.Vault, s *self) (next, error) {
	part, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() { s.hub.watch(part) })
	wg.Go(func() { (&bell{hub: s.hub}).run(part) })
	return k.tend(ctx, v, s)
}

// awaitStore opens the keystore, trying again where that may help. It returns no store when ctx ended first.
func (d *Daemon) awaitStore(ctx context.Context, service *systemd.Notifier) (*custody.Vault, error) {
	var told string
	wait := openFirst
	clear := func() {
		if told != "" {
			d.post(room.FaultCleared{Code: told})
		}
		told, wait = "", openFirst
	}
	for {
		v, err := OpenKeystore(d.cfg)
		if err == nil {
			clear()
			return v, nil
		}
		var wrong *keystore.Error
		if !errors.As(err, &wrong) {
			return nil, err // the configuration cannot work
		}
		if code := faultOf(wrong); code != told {
			clear()
			d.log.Error("the keystore cannot be used", "fault", code, "error", err)
			// The wall says it in plain words; which file it is, and why, stands in the log.
			d.post(room.FaultRaised{Fault: room.FaultOf(code)})
			// A fault on the screen is an answer: the service is up, and says what is wrong with it.
			_ = service.Ready("fault " + code + ": the keystore cannot be used")
			told = code
		}
		pause := openSeldom
		if passes(told) {
			pause, wait = wait, min(2*wait, openLast)
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(pause):
		case e := <-d.keys.asked:
			if _, ok := e.(room.ResetKey); !ok {
				d.keys.failed(commandOf(e), room.CodeFault, "")
				continue
			}
			clear()
			d.keys.setAside()
		}
	}
}

// passes reports whether a fault of the keystore may pass by itself.
func passes(code string) bool {
	switch code {
	case room.FaultKeystoreInUse, room.FaultKeystoreUnreadable, room.FaultStateFolder, room.FaultKeystoreNoSecret, room.FaultDiskFull,
		room.FaultTPMGone, room.FaultTPMBusy, room.FaultTPMLockout, room.FaultTPMRefused, room.FaultKeystoreTooOpen:
		return true
	}
	return false
}

// faultOf returns the fault for what is wrong with a keystore.
func faultOf(err *keystore.Error) string {
	switch err.Kind {
	case keystore.ErrInUse:
		return room.FaultKeystoreInUse
	case keystore.ErrNoSecret:
		return room.FaultKeystoreNoSecret
	case keystore.ErrWrongSecret:
		return room.FaultKeystoreSecret
	case keystore.ErrMissing:
		return room.FaultKeystoreMissing
	case keystore.ErrNoSpace:
		return room.FaultDiskFull
	case keystore.ErrUnreadable:
		if err.Op != "open" && err.Op != "read" {
			return room.FaultStateFolder
		}
		return room.FaultKeystoreUnreadable
	case keystore.ErrTooOpen:
		return room.FaultKeystoreTooOpen
	case keystore.ErrOtherBackend:
		return room.FaultKeystoreElsewhere
	case keystore.ErrUnsupported:
		return room.FaultKeystoreNewer
	}
	return tpmFaultOf(err.Kind)
}

// tpmFaultOf is faultOf for a TPM, and for everything that leaves nothing but a damaged identity.
func tpmFaultOf(kind error) string {
	switch kind {
	case keystore.ErrTPMGone:
		return room.FaultTPMGone
	case keystore.ErrTPMBusy:
		return room.FaultTPMBusy
	case keystore.ErrTPMLockout:
		return room.FaultTPMLockout
	case keystore.ErrTPMReplaced:
		return room.FaultTPMReplaced
	case keystore.ErrTPMCleared:
		return room.FaultTPMCleared
	case keystore.ErrTPMPolicy:
		return room.FaultTPMPolicy
	case keystore.ErrTPMRefused:
		return room.FaultTPMRefused
	}
	return room.FaultKeystoreCorrupt
}

// OpenKeystore opens the keystore that the configuration names; at the very first start it makes an identity. Errors
// hold a *keystore.Error, unless the configuration cannot work.
func OpenKeystore(cfg config.Config) (*custody.Vault, error) {
	return custody.Open(cfg.State.KeystoreDir(), custody.Options{
		Backend:         custody.Backend(cfg.Keystore.Backend),
		CreateIfMissing: true,
		TPM:             tpm.Options{Device: cfg.Keystore.Device, PCRs: cfg.Keystore.PCRs},
		File:            func() (keystore.FileOptions, error) { return cfg.Keystore.FileOptions(systemd.Credential) },
	})
}
