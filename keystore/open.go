package keystore

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"greenroom/keystore/internal/generations"
)

// opening is one call of OpenFile.
type opening struct {
	dir    string
	opts   FileOptions
	cost   argonCost
	folder generations.Folder
	gens   *generations.Set[*record]
	notes  []string
}

func openFile(dir string, opts FileOptions, in internals) (*fileStore, error) {
	if opts.Rand == nil {
		opts.Rand = rand.Reader
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	o := &opening{dir: dir, opts: opts, cost: in.cost}
	if err := opts.check(); err != nil {
		return nil, o.fail("open", ErrRefused, err.Error(), "")
	}
	d, err := generations.OpenFolder(dir, opts.CreateIfMissing)
	if err != nil {
		return nil, SystemError("open", dir, err)
	}
	o.folder = opts.Wrap.Folder(d)
	held, err := generations.TakeLock(dir)
	if err != nil {
		return nil, SystemError("open", dir, err)
	}
	s, err := o.open()
	if err != nil {
		return nil, errors.Join(err, held.Release())
	}
	s.lock = held
	return s, nil
}

// open runs with the lock held.
func (o *opening) open() (*fileStore, error) {
	gens, err := generations.Scan(o.folder, generations.KeyFile, parseRecord)
	if err != nil {
		return nil, SystemError("open", o.dir, err)
	}
	o.gens = gens
	damaged := len(gens.Damaged) > 0
	o.notes = gens.Quarantine(o.folder)
	switch {
	case len(gens.Valid) > 0:
		return o.unlock(gens.Valid[0])
	case damaged || len(gens.Aside) > 0:
		return nil, o.corrupt()
	case !o.opts.CreateIfMissing:
		return nil, o.fail("open", ErrMissing, "", "On a new room, let greenroomd create it. Otherwise bring the folder back from a backup.")
	}
	return o.create()
}

// corrupt is the error for a folder whose identity can't be read back: at this start, or since an earlier one.
func (o *opening) corrupt() error {
	why := "the identity is damaged, and no good copy of it is left"
	if len(o.notes) > 0 {
		why += ": " + strings.Join(o.notes, "; ")
	} else {
		why += "; set aside: " + strings.Join(o.gens.Aside, ", ")
	}
	return o.fail("open", ErrCorrupt, why, "Bring the folder back from a backup; or stop greenroomd, move the folder away, start it and give the hub the new key.")
}

// unlock opens an existing identity, and mends what it found.
func (o *opening) unlock(r *record) (*fileStore, error) {
	path := filepath.Join(o.dir, generations.KeyFile.Name(r.generation))
	s, err := o.opts.secretFor(r.protection)
	if err != nil {
		return nil, &Error{Kind: ErrNoSecret, Op: "open", Path: path, Why: err.Error(), Do: "Check keystore.protection in the configuration."}
	}
	kek, err := s.kek(r)
	if err != nil {
		return nil, &Error{Kind: ErrUnreadable, Op: "open", Path: path, Err: err}
	}
	defer clear(kek)
	c, ok := r.unlock(kek)
	if !ok {
		return nil, &Error{
			Kind: ErrWrongSecret, Op: "open", Path: path,
			Why: "the " + r.protection.String() + " is not the one that the identity was made with, or the file was changed on purpose",
			Do:  "Give the right one, or bring the folder back from a backup. Nothing was changed.",
		}
	}
	defer c.wipe()
	o.mend(r, s, kek, c)
	return o.store(o.gens.Valid[0], c)
}

// mend writes further generations where only one is left, or where the passphrase deserves better parameters. The
// identity is good without it, so a failure (a full disk) is a notice and not an error.
func (o *opening) mend(old *record, s secret, kek []byte, c *contents) {
	missing := generations.Keep - len(o.gens.Valid)
	like := *old
	if old.protection == byPassphrase && old.cost.weaker(o.cost) {
		fresh, err := o.reprotect(&like, s)
		if err != nil {
			o.notes = append(o.notes, "the passphrase's parameters could not be strengthened: "+err.Error())
			return
		}
		defer clear(fresh)
		kek = fresh
		missing = generations.Keep // no weak copy may stay
	}
	for ; missing > 0; missing-- {
		if err := o.write(like, kek, c); err != nil {
			o.notes = append(o.notes, "a further copy of the identity could not be written: "+err.Error())
			return
		}
	}
}

// write makes a new generation that is like r in all but its number, and sealed afresh.
func (o *opening) write(r record, kek []byte, c *contents) error {
	return o.gens.Write(o.folder, func(number uint64) (*record, error) {
		r.generation = number
		return &r, r.lock(kek, c, o.opts.Rand)
	})
}

// reprotect gives the record a fresh salt and today's cost, and returns the key that belongs to them.
func (o *opening) reprotect(r *record, s secret) ([]byte, error) {
	if _, err := io.ReadFull(o.opts.Rand, r.salt[:]); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	if s.protection == byPassphrase {
		r.cost = o.cost
	}
	return s.kek(r)
}

// create makes a new identity, and writes it twice.
func (o *opening) create() (*fileStore, error) {
	s, err := o.opts.secretForNew()
	if err != nil {
		return nil, o.fail("create", ErrNoSecret, err.Error(), "Check keystore.protection in the configuration.")
	}
	r := &record{protection: s.protection, device: o.opts.DeviceID, created: uint64(max(0, o.opts.Now().Unix()))}
	c, err := newContents(r, o.opts.Rand)
	if err != nil {
		return nil, &Error{Kind: ErrUnreadable, Op: "create", Path: o.dir, Why: "no identity could be made", Err: err}
	}
	defer c.wipe()
	kek, err := o.reprotect(r, s)
	if err != nil {
		return nil, &Error{Kind: ErrUnreadable, Op: "create", Path: o.dir, Why: "no key could be derived", Err: err}
	}
	defer clear(kek)
	if err := o.write(*r, kek, c); err != nil {
		return nil, SystemError("create", o.dir, err)
	}
	o.mend(r, s, kek, c)
	return o.store(o.gens.Valid[0], c)
}

// newContents makes the secrets of a new identity, and sets the record's public key and, unless it has one, device id.
func newContents(r *record, rand io.Reader) (*contents, error) {
	c := &contents{dataKey: make([]byte, keyLen)}
	var err error
	if c.scalar, err = newScalar(rand); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(rand, c.dataKey); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	if r.device == [16]byte{} {
		if _, err := io.ReadFull(rand, r.device[:]); err != nil {
			return nil, fmt.Errorf("read randomness: %w", err)
		}
	}
	id, err := newIdentity(c.scalar)
	if err != nil {
		return nil, err
	}
	defer id.forget()
	copy(r.public[:], id.point)
	return c, nil
}

// store makes the Store of an opened record.
func (o *opening) store(r *record, c *contents) (*fileStore, error) {
	id, err := newIdentity(c.scalar)
	if err == nil && string(id.point) != string(r.public[:]) {
		err = errors.New("private and public key don't belong together")
	}
	if err != nil {
		return nil, &Error{Kind: ErrCorrupt, Op: "open", Path: o.dir, Err: err}
	}
	sealer, err := NewSealer(c.dataKey, r.device, o.opts.Rand)
	if err != nil {
		return nil, &Error{Kind: ErrCorrupt, Op: "open", Path: o.dir, Err: err}
	}
	counter, notices, err := openCounter(o.folder, sealer, r.device)
	if err != nil {
		return nil, SystemError("open", o.dir, err)
	}
	o.notes = append(o.notes, notices...)
	return &fileStore{identity: id, sealer: sealer, counter: counter, dir: o.dir, info: Info{
		Backend:     "file",
		Fingerprint: Fingerprint(id.point),
		DeviceID:    r.device,
		Protection:  r.protection.String(),
		Created:     time.Unix(int64(r.created), 0).UTC(),
		Generation:  r.generation,
		Notices:     o.notes,
	}}, nil
}

func (o *opening) fail(op string, kind error, why, do string) error {
	return &Error{Kind: kind, Op: op, Path: o.dir, Why: why, Do: do}
}
