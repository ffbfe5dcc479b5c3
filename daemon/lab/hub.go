package lab

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"greenroom/media/relay/relaytest"
)

// Hub is a greenroom-hub. It may be stopped and started again: it keeps its address.
type Hub struct {
	URL string
	CA  string // its certificate, as PEM

	lab     *Lab
	dir     string
	process *Process // nil: not running
}

// startHub starts the lab's hub. It returns the hub even with an error, so that Stop ends what has started.
func (l *Lab) startHub(ctx context.Context) (*Hub, error) {
	dir := filepath.Join(l.Dir, "hub")
	if err := os.MkdirAll(filepath.Join(dir, "state"), 0o700); err != nil {
		return nil, err
	}
	h := &Hub{lab: l, dir: dir, CA: filepath.Join(dir, "state", "certificate.pem")}
	port, err := relaytest.FreePort("tcp")
	if err != nil {
		return nil, err
	}
	if err := h.configure(net.JoinHostPort(l.Address, strconv.Itoa(port))); err != nil {
		return nil, err
	}
	return h, h.Start(ctx)
}

func (h *Hub) configure(address string) error {
	secret := filepath.Join(h.dir, "relay-secret")
	if err := os.WriteFile(secret, []byte(h.lab.Relay.Secret()), 0o600); err != nil {
		return err
	}
	type yes = map[string]any
	var rooms []yes
	for _, r := range h.lab.rooms {
		if !r.Spec.Unknown {
			rooms = append(rooms, r.entry...)
		}
	}
	return writeYAML(filepath.Join(h.dir, "greenroom-hub.yaml"), yes{
		"name":      "Greenroom lab",
		"state_dir": filepath.Join(h.dir, "state"),
		"listen":    yes{"address": address, "address_file": h.addressFile()},
		"tls":       yes{"self_signed": true},
		"relay":     yes{"url": h.lab.Relay.URL(), "api_key": h.lab.Relay.Key(), "api_secret_file": secret},
		"rooms":     rooms,
		"guests":    yes{"allowed": true},
	})
}

func (h *Hub) addressFile() string { return filepath.Join(h.dir, "address") }

// Start starts the hub and waits until it is ready.
func (h *Hub) Start(ctx context.Context) error {
	_ = os.Remove(h.addressFile())
	p, err := startProcess(h.lab.Dir, "hub", nil, filepath.Join(h.lab.bin, "greenroom-hub"), "run", "--config", filepath.Join(h.dir, "greenroom-hub.yaml"))
	if err != nil {
		return err
	}
	h.process = p
	return p.poll(ctx, func() bool {
		address, err := os.ReadFile(h.addressFile())
		if err != nil || len(address) == 0 {
			return false
		}
		h.URL = "https://" + strings.TrimSpace(string(address))
		return true
	})
}

// Stop stops the hub.
func (h *Hub) Stop() error {
	if h.process == nil {
		return nil
	}
	p := h.process
	h.process = nil
	return p.Stop()
}

// Kill ends the hub at once.
func (h *Hub) Kill() {
	if h.process != nil {
		h.process.Kill()
		h.process = nil
	}
}

func writeYAML(path string, v any) error {
	text, err := yaml.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o600)
}
