package tpm

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
)

// Options says how to open a store.
type Options struct {
	Device          string // a device file, or the unix socket of a TPM in software; empty: DefaultDevice
	CreateIfMissing bool   // make an identity if the folder never held one

	// PCRs binds a new identity and its secrets to what these platform configuration registers hold now: with other
	// firmware, or another kernel, the room has no identity until it is set up again. Empty, as it should be unless the
	// machine is one that never changes: nothing is bound. An identity keeps what it was made with.
	PCRs []int

	DeviceID [16]byte // of a new identity that follows another one; zero: a random one

	Rand  io.Reader           // nil: crypto/rand. The identity key is made by the TPM alone
	Now   func() time.Time    // for Info.Created; nil: time.Now
	Pause func(time.Duration) // waits for a busy TPM; nil: time.Sleep
	Wrap  generations.Wrap    // for tests whose folder fails
}

// Open opens the store in the folder dir and keeps it locked until Close. Its errors hold a *keystore.Error (errors.As).
func Open(dir string, opts Options) (*Store, error) {
	o := &opening{dir: dir, opts: opts.complete()}
	o.chip = &chip{path: o.opts.Device, pause: o.opts.Pause}
	d, err := generations.OpenFolder(dir, opts.CreateIfMissing)
	if err != nil {
		return nil, keystore.SystemError("open", dir, err)
	}
	o.folder = opts.Wrap.Folder(d)
	held, err := generations.TakeLock(dir)
	if err != nil {
		return nil, keystore.SystemError("open", dir, err)
	}
	s, err := o.open()
	if err != nil {
		return nil, errors.Join(err, held.Release())
	}
	s.lock = held
	return s, nil
}

func (o Options) complete() Options {
	if o.Device == "" {
		o.Device = DefaultDevice
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Pause == nil {
		o.Pause = time.Sleep
	}
	return o
}

// opening is one call of Open.
type opening struct {
	dir    string
	opts   Options
	chip   *chip
	folder generations.Folder
	gens   *generations.Set[*record]
	notes  []string
}

// open runs with the lock held.
func (o *opening) open() (*Store, error) {
	gens, err := generations.Scan(o.folder, generations.TPMFile, parseRecord)
	if err != nil {
		return nil, keystore.SystemError("open", o.dir, err)
	}
	o.gens = gens
	if len(gens.Valid)+len(gens.Damaged)+len(gens.Aside) == 0 {
		if !o.opts.CreateIfMissing {
			return nil, &keystore.Error{
				Kind: keystore.ErrMissing, Op: "open", Path: o.dir,
				Do: "On a new room, let greenroomd create it. Otherwise bring the folder back from a backup.",
			}
		}
		if err := o.create(); err != nil {
			return nil, err
		}
	}
	o.notes = gens.Quarantine(o.folder)
	return o.load()
}

// load opens the newest generation that the TPM accepts. Others are set aside. A TPM that is away, busy or another one
// says nothing about the files, so it leaves them as they are.
func (o *opening) load() (*Store, error) {
	for len(o.gens.Valid) > 0 {
		r := o.gens.Valid[0]
		dataKey, err := o.unseal(r)
		if errors.Is(err, errBlob) {
			o.gens.Condemn(err)
			o.notes = append(o.notes, o.gens.Quarantine(o.folder)...)
			continue
		}
		if err != nil {
			return nil, explain("open", o.opts.Device, err)
		}
		defer clear(dataKey)
		o.mend(r, dataKey)
		return o.store(o.gens.Valid[0], dataKey)
	}
	why := "the identity's files are damaged, and no good copy is left"
	if len(o.notes) > 0 {
		why += ": " + strings.Join(o.notes, "; ")
	} else {
		why += "; set aside: " + strings.Join(o.gens.Aside, ", ")
	}
	return nil, &keystore.Error{
		Kind: keystore.ErrCorrupt, Op: "open", Path: o.dir, Why: why,
		Do: "Bring the folder back from a backup of this machine; or stop greenroomd, move the folder away, start it and enrol the room again.",
	}
}

// unseal has the TPM load both objects of a record, and returns the data key. errBlob, errOtherTPM, or what went wrong.
func (o *opening) unseal(r *record) (dataKey []byte, err error) {
	err = o.chip.withSRK(func(k *srk) error {
		if err := r.sameTPM(k); err != nil {
			return err
		}
		if err := k.withLoaded(r.identity, ignore); err != nil {
			return err
		}
		dataKey, err = k.unseal(r.dataKey, r.bound)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(dataKey) != dataKeyLen || !r.genuine(dataKey) {
		clear(dataKey)
		return nil, fmt.Errorf("%w: its parts don't belong together", errBlob)
	}
	return dataKey, nil
}

// mend writes a further generation where only one is left. The identity is good without it, so a failure is a notice.
func (o *opening) mend(r *record, dataKey []byte) {
	for len(o.gens.Valid) < generations.Keep {
		if err := o.write(*r, dataKey); err != nil {
			o.notes = append(o.notes, "a further copy of the identity could not be written: "+err.Error())
			return
		}
	}
}

// write makes a new generation that is like r in all but its number.
func (o *opening) write(r record, dataKey []byte) error {
	return o.gens.Write(o.folder, func(number uint64) (*record, error) {
		r.generation = number
		return &r, r.seal(dataKey)
	})
}

// store makes the Store of an opened record.
func (o *opening) store(r *record, dataKey []byte) (*Store, error) {
	key, err := r.key()
	if err != nil {
		return nil, &keystore.Error{Kind: keystore.ErrCorrupt, Op: "open", Path: o.dir, Err: err}
	}
	sealer, err := keystore.NewSealer(dataKey, r.device, o.opts.Rand)
	if err != nil {
		return nil, &keystore.Error{Kind: keystore.ErrCorrupt, Op: "open", Path: o.dir, Err: err}
	}
	password, err := counterPassword(dataKey)
	if err != nil {
		return nil, &keystore.Error{Kind: keystore.ErrCorrupt, Op: "open", Path: o.dir, Err: err}
	}
	return &Store{
		chip: o.chip, record: r, sealer: sealer, password: password,
		identity: &identity{chip: o.chip, record: r, public: key},
		info: keystore.Info{
			Backend:     "tpm",
			Fingerprint: keystore.Fingerprint(r.public[:]),
			DeviceID:    r.device,
			Protection:  keystore.ProtectionTPM,
			Created:     time.Unix(int64(r.created), 0).UTC(),
			Generation:  r.generation,
			Notices:     o.notes,
			PCRs:        r.bound.list(),
		},
	}, nil
}
