package source

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"greenroom/devices/camera/adjust"
	"greenroom/media/pipe"
	"greenroom/media/process"
)

// Source supervises the capture of one stream. Run does the work; the other methods may be called at any time and
// from any goroutine, and never wait for the child.
type Source struct {
	cfg Config
	log *slog.Logger

	mu     sync.Mutex
	spec   Spec // what is captured; cfg.Spec is what it was at the start
	wanted wanted
	live   *session      // the child that runs now, or nil
	wake   chan struct{} // the control goroutine has something to send
	retry  chan struct{} // the pause before the next child is over

	status Status // Run's own
	clock  clock  // Run's own
	warned string // what was logged last about the child's protection; Run's own
}

// wanted is what the child shall do.
type wanted struct {
	on       bool
	bitRate  int // 0: as started
	layers   pipe.Layers
	keyframe uint8 // a bit for each layer
	adjust   map[adjust.Kind]int32
}

// New returns a source that is switched on unless cfg.Spec.Off is set. Errors in cfg are told by Run.
func New(cfg Config) *Source {
	cfg.Tuning = cfg.Tuning.withDefaults()
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Source{
		cfg:    cfg,
		log:    log.With("source", cfg.Spec.Stream.String()),
		spec:   cfg.Spec,
		wanted: wanted{on: !cfg.Spec.Off, bitRate: cfg.Spec.BitRate},
		wake:   make(chan struct{}, 1),
		retry:  make(chan struct{}, 1),
	}
}

// AllLayers stands for every layer in RequestKeyframe.
const AllLayers = pipe.AllLayers

// RequestKeyframe asks for a picture that needs no earlier one, of the layers whose bits are set. The child spaces
// keyframes out by itself.
func (s *Source) RequestKeyframe(layers uint8) { s.want(func(w *wanted) { w.keyframe |= layers }) }

// SetLayers asks for pictures in other sizes and bit rates.
func (s *Source) SetLayers(layers pipe.Layers) { s.want(func(w *wanted) { w.layers = layers }) }

// SetBitRate asks for another bit rate, in bits a second.
func (s *Source) SetBitRate(bitsPerSecond int) {
	s.want(func(w *wanted) { w.bitRate = bitsPerSecond })
}

// Adjust adjusts something about the camera that is open, as Config.Controls tells it. Of one that is closed it is adjusted
// when it is opened by the same child.
func (s *Source) Adjust(kind adjust.Kind, value int32) {
	s.want(func(w *wanted) {
		if w.adjust == nil {
			w.adjust = map[adjust.Kind]int32{}
		}
		w.adjust[kind] = value
	})
}

// SetEnabled switches the stream on or off. Off closes a camera or ends its command; a microphone stays open and its
// sound is dropped in the child, which goes on telling the level.
func (s *Source) SetEnabled(on bool) {
	s.want(func(w *wanted) { w.on = on })
}

// Retry ends a pause before the next try, and makes the ones after it short again: a device may have come. It does nothing
// to a child that runs.
func (s *Source) Retry() {
	select {
	case s.retry <- struct{}{}:
	default:
	}
}

// Switch captures something else from now on, as the same stream: its timestamps go on, and its first picture is a keyframe.
// The stream, whether it is on and its bit rate stay as they are. The error is what is wrong with the Spec; then everything
// stays as it is.
func (s *Source) Switch(spec Spec) error {
	spec.Stream = s.cfg.Spec.Stream
	if err := spec.Check(); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live != nil && !same(s.spec, spec) {
		s.live.replace()
	}
	s.spec = spec
	s.Retry()
	return nil
}

func (s *Source) want(change func(*wanted)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.wanted.on
	change(&s.wanted)
	if s.live != nil && was != s.wanted.on {
		s.live.switched(s.wanted.on)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run captures until ctx ends, and then returns nil once the child is gone. It returns an error at once if the
// configuration cannot work. It may be called once.
func (s *Source) Run(ctx context.Context) error {
	if err := s.cfg.check(); err != nil {
		return err
	}
	pause := s.cfg.Tuning.MinPause
	for {
		s.tell(Status{State: Starting, Device: s.status.Device})
		select {
		case <-s.retry: // what came before the child looked
		default:
		}
		replaced := s.runChild(ctx, func(good bool, fault pipe.Status) {
			if ctx.Err() != nil {
				return
			}
			if good {
				pause = s.cfg.Tuning.MinPause
			}
			s.tell(Status{State: Failed, Device: s.status.Device, Code: fault.Code, Reason: fault.Text, RetryIn: pause})
		})
		if ctx.Err() != nil {
			return nil
		}
		if replaced {
			pause = s.cfg.Tuning.MinPause
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.retry:
			pause = s.cfg.Tuning.MinPause // udev may not have given the device to us yet
		case <-time.After(pause):
			pause = min(2*pause, s.cfg.Tuning.MaxPause)
		}
		s.status.Restarts++
	}
}

// tell makes next the status, logs it and hands it on.
func (s *Source) tell(next Status) {
	next.Restarts = s.status.Restarts
	next.Since = time.Now()
	s.status = next
	level := slog.LevelInfo
	if next.State == Failed {
		level = slog.LevelWarn
	}
	s.log.Log(context.Background(), level, "capture: "+next.String(), "device", next.Device, "restarts", next.Restarts)
	if s.cfg.Status != nil {
		s.cfg.Status(next)
	}
}

// weak logs, once, what this kernel does not take from the child.
func (s *Source) weak(text string) {
	if text != s.warned {
		s.warned = text
		s.log.Warn("capture: the program is not confined as it should be", "reason", text)
	}
}

// runChild starts a child, reads it, and returns when it is gone. It calls lost once, as soon as it is known why there is
// no more to read: a child whose driver is slow to close takes a while to go. good tells that it gave frames for long
// enough to be trusted again. A child that another replaces is not lost.
func (s *Source) runChild(ctx context.Context, lost func(good bool, fault pipe.Status)) (replaced bool) {
	s.mu.Lock()
	spec := s.spec
	spec.Off, spec.BitRate = !s.wanted.on, s.wanted.bitRate
	s.mu.Unlock()
	c, err := process.Start(process.Config{
		Command: append([]string{s.cfg.Program}, spec.Args()...),
		Env:     childEnv(os.Environ()), Stdin: true, Session: true, DeathSignal: syscall.SIGTERM,
	})
	if err != nil {
		lost(false, pipe.Status{Text: fmt.Sprintf("The capture program %s cannot be started: %v", s.cfg.Program, err)})
		return false
	}
	run := newSession(s, c, spec, wanted{on: !spec.Off, bitRate: spec.BitRate})
	s.mu.Lock()
	s.live, run.on = run, s.wanted.on
	if !same(s.spec, spec) { // switched while the child was started
		run.replace()
	}
	s.mu.Unlock()
	fault := run.read(ctx)
	s.mu.Lock()
	s.live = nil
	s.mu.Unlock()
	replaced = run.isReplaced()
	known, grace := fault.Text != "", s.cfg.Tuning.Grace
	if known && !replaced {
		lost(run.good(), fault)
	}
	if run.lastWords.Text != "" {
		grace /= 4 // the device is gone: there is nothing left to close in good order
	}
	if !c.Stop(grace) {
		s.log.Error("capture: the child does not end even when killed; it is left behind", "pid", c.Pid())
	}
	run.controls.Wait()
	if !known && !replaced {
		lost(run.good(), run.unexplained())
	}
	return replaced
}

// same reports whether two Specs name the same device or command.
func same(a, b Spec) bool {
	return a.Kind == b.Kind && a.Device == b.Device && slices.Equal(a.Command, b.Command)
}
