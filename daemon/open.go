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
	"greenroom/meeting/wire"
	"greenroom/systemd"
)

// openAgain is how long the daemon waits before it tries a keystore again that may have become usable.
const openAgain = 5 * time.Second

// open opens the keystore, makes the room ready, and holds the keystore until ctx ends. A keystore that cannot be used
// is a fault on the screen, and never a new identity in place of the one that was lost.
func (d *Daemon) open(ctx context.Context, service *systemd.Notifier) error {
	store, err := d.awaitStore(ctx, service)
	if err != nil || store == nil {
		return err
	}
	defer store.Close()
	info := store.Info()
	for _, notice := range info.Notices {
		d.log.Warn("keystore", "notice", notice)
	}
	d.identity = identity{key: store.Identity(), device: wire.DeviceID(info.DeviceID)}
	if d.hub, err = newHubLink(d.cfg.Hub, d.identity, d.now, d.post); err != nil {
		return err
	}
	d.post(room.IdentityKnown{Identity: room.Identity{
		Backend: info.Backend, Protection: info.Protection, Fingerprint: info.Fingerprint,
	}})
	d.post(room.Ready{})
	d.log.Info("the room is ready", "identity", info.Fingerprint, "keystore", info.Backend, "protection", info.Protection)
	if err := service.Ready("idle"); err != nil {
		d.log.Error("the service manager was not told that the room is ready", "error", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { d.hub.watch(ctx) })
	wg.Go(func() { (&bell{hub: d.hub}).run(ctx) })
	wg.Wait()
	return nil
}

// awaitStore opens the keystore, trying again where that may help. It returns no store when ctx ended first.
func (d *Daemon) awaitStore(ctx context.Context, service *systemd.Notifier) (keystore.Store, error) {
	var told string
	for {
		store, err := OpenKeystore(d.cfg)
		if err == nil {
			if told != "" {
				d.post(room.FaultCleared{Code: told})
			}
			return store, nil
		}
		var wrong *keystore.Error
		if !errors.As(err, &wrong) {
			return nil, err // the configuration cannot work
		}
		code := faultOf(wrong)
		if code != told {
			if told != "" {
				d.post(room.FaultCleared{Code: told})
			}
			d.log.Error("the keystore cannot be used", "fault", code, "error", err)
			// The wall says it in plain words; which file it is, and why, stands in the log.
			d.post(room.FaultRaised{Fault: room.FaultOf(code)})
			// A fault on the screen is an answer: the service is up, and says what is wrong with it.
			_ = service.Ready("fault " + code + ": the keystore cannot be used")
		}
		told = code
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(openAgain):
		}
	}
}

// faultOf returns the fault for what is wrong with a keystore.
func faultOf(err *keystore.Error) string {
	switch err.Kind {
	case keystore.ErrInUse:
		return room.FaultKeystoreInUse
	case keystore.ErrNoSecret, keystore.ErrWrongSecret:
		return room.FaultKeystoreSecret
	case keystore.ErrNoSpace:
		return room.FaultDiskFull
	case keystore.ErrUnreadable:
		if err.Op != "open" && err.Op != "read" {
			return room.FaultStateFolder
		}
		return room.FaultKeystoreUnreadable
	case keystore.ErrTooOpen:
		return room.FaultKeystoreUnreadable
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
	case keystore.ErrTPMRefused:
		return room.FaultTPMRefused
	}
	return room.FaultKeystoreCorrupt
}

// OpenKeystore opens the keystore that the configuration names; at the very first start it makes an identity. Errors
// hold a *keystore.Error, unless the configuration cannot work.
func OpenKeystore(cfg config.Config) (keystore.Store, error) {
	return custody.Open(cfg.State.KeystoreDir(), custody.Options{
		Backend:         custody.Backend(cfg.Keystore.Backend),
		CreateIfMissing: true,
		TPM:             tpm.Options{Device: cfg.Keystore.Device},
		File:            func() (keystore.FileOptions, error) { return cfg.Keystore.FileOptions(systemd.Credential) },
	})
}
