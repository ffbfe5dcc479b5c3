package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/keystore"
	"greenroom/meeting/directory"
)

const (
	// helloEvery is how often the hub is asked whether it is there, and helloSoon how often while it is not.
	helloEvery = 30 * time.Second
	helloSoon  = 5 * time.Second
	// pingAfter is for how long a connection may be silent before it is tested, and pingTime how long that may take.
	pingAfter = 15 * time.Second
	pingTime  = 5 * time.Second
)

// hubLink is the room's connection to its hub, and what the room says about it.
type hubLink struct {
	client *directory.Client
	now    func() time.Time
	post   func(room.Event)
	doubt  chan struct{} // a request had no answer: look again soon

	outdated chan struct{} // holds a value once the hub said that it knows the room by a newer key
}

// newHubLink prepares the connection. It fails only where the configuration cannot be used.
func newHubLink(cfg config.Hub, id identity, now func() time.Time, post func(room.Event)) (*hubLink, error) {
	trust, err := trusted("hub.ca", cfg.CA)
	if err != nil {
		return nil, err
	}
	client, err := directory.NewClient(directory.ClientConfig{
		URL: cfg.URL,
		HTTP: &http.Client{Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSClientConfig:     &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS13},
			ForceAttemptHTTP2:   true,
			TLSHandshakeTimeout: 5 * time.Second,
			IdleConnTimeout:     2 * time.Minute,
			// A request that waits for calls keeps the connection in use: a dead one must be noticed all the same.
			HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTime},
		}},
		Signer: id.key,
		Now:    now,
	})
	if err != nil {
		return nil, err
	}
	return &hubLink{client: client, now: now, post: post, doubt: make(chan struct{}, 1), outdated: make(chan struct{}, 1)}, nil
}

// trusted reads the certificates by which a server is known, from the file that a key of the configuration names; without
// a file those of the system.
func trusted(key, path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: %s holds no certificate in PEM", key, path)
	}
	return pool, nil
}

// watch asks the hub from time to time whether it is there, until ctx ends.
func (h *hubLink) watch(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.doubt:
			timer.Reset(helloSoon)
			continue
		case <-timer.C:
		}
		_, err := h.client.Hello(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			h.explain(err)
			timer.Reset(helloSoon)
		default:
			h.answered()
			timer.Reset(helloEvery)
		}
	}
}

// hubFaults are the faults that the hub's answers raise and clear.
func hubFaults() []string {
	return []string{room.FaultRoomUnknown, room.FaultClockWrong, room.FaultHubUntrusted, room.FaultKeySucceeded}
}

// answered notes that the hub did what was asked.
func (h *hubLink) answered() {
	h.post(room.HubChanged{State: room.HubUp})
	h.raise("", "", room.Cause{})
}

// explain turns an error of the client into a refusal's code and sentence, and notes what it says of the hub.
func (h *hubLink) explain(err error) (code, text string) {
	var refused *directory.Error
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var key *keystore.Error
	switch {
	case errors.As(err, &refused):
		h.post(room.HubChanged{State: room.HubUp})
		switch refused.Code {
		case directory.CodeRoomUnknown:
			h.raise(room.FaultRoomUnknown, refused.Message, room.Cause{})
		case directory.CodeClockWrong:
			h.raise(room.FaultClockWrong, refused.Message, clockCause(h.now(), refused.HubTime))
		case directory.CodeKeySucceeded:
			select {
			case h.outdated <- struct{}{}:
			default:
			}
		default:
			h.raise("", "", room.Cause{})
		}
		return refused.Code, refused.Message
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		// A certificate from the future: the clock is behind, and the hub has no chance to say so.
		h.post(room.HubChanged{State: room.HubDown, Text: sentence(err), Cause: hubCause(err)})
		h.raise(room.FaultClockWrong, sentence(err), hubCause(err))
		return room.CodeClockWrong, ""
	case errors.As(err, &authority), errors.As(err, &name):
		h.post(room.HubChanged{State: room.HubDown, Text: sentence(err), Cause: hubCause(err)})
		h.raise(room.FaultHubUntrusted, "", hubCause(err))
		return room.CodeHubUntrusted, ""
	case errors.Is(err, context.Canceled):
		return room.CodeHubUnreachable, ""
	case errors.As(err, &key):
		// The request was never made: the hub is not to blame. The key's own fault is raised where it signs (keyHealth).
		return room.CodeFault, explainKey(err)
	}
	h.post(room.HubChanged{State: room.HubDown, Text: sentence(err), Cause: hubCause(err)})
	select {
	case h.doubt <- struct{}{}:
	default:
	}
	return room.CodeHubUnreachable, ""
}

// raise raises one of the hub's faults, or none, and clears the others: an answer shows one thing that is wrong.
func (h *hubLink) raise(code, text string, cause room.Cause) {
	for _, other := range hubFaults() {
		if other != code {
			h.post(room.FaultCleared{Code: other})
		}
	}
	if code != "" {
		h.post(room.FaultRaised{Fault: room.Fault{Code: code, Text: text, Cause: cause}})
	}
}
