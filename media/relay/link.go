package relay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/proto"

	"greenroom/media/relay/livekit"
)

const (
	protocolVersion = "16"
	// maxSignal is the largest signalling message in bytes. A room of 1,000 takes less than 1 MB.
	maxSignal = 4 << 20
	// linkQueue is how many messages may wait to be written.
	linkQueue = 256
	// linkTimeout is how long dialling, and each write, may take.
	linkTimeout = 5 * time.Second
)

// link is one WebSocket to the relay. Two goroutines belong to it; close waits for both.
type link struct {
	conn     *websocket.Conn
	in       chan *livekit.SignalResponse // closed when reading ends, for the reason in err
	out      chan *livekit.SignalRequest
	err      error // valid once in is closed
	cancel   context.CancelFunc
	running  sync.WaitGroup
	overflow sync.Once
}

// dial opens a link. sid names the session that is resumed; it is empty for a join.
func dial(ctx context.Context, cfg *Config, token, sid string) (*link, error) {
	address, err := signalURL(cfg.URL, sid, !cfg.Selective)
	if err != nil {
		return nil, err
	}
	dialCtx, cancelDial := context.WithTimeout(ctx, linkTimeout)
	defer cancelDial()
	conn, resp, err := websocket.Dial(dialCtx, address, &websocket.DialOptions{
		HTTPClient: cfg.HTTP,
		HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		// The body of a refusal is not read: LiveKit repeats the token in it.
		if resp != nil && (resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden) {
			return nil, &RefusedError{RefusedToken, cfg.URL}
		}
		return nil, fmt.Errorf("connect to the relay %s: %w", cfg.URL, err)
	}
	conn.SetReadLimit(maxSignal)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it outlives ctx by the good-bye of leave
	l := &link{
		conn: conn, cancel: cancel,
		in: make(chan *livekit.SignalResponse, linkQueue), out: make(chan *livekit.SignalRequest, linkQueue),
	}
	l.running.Go(func() { l.read(ctx) })
	l.running.Go(func() { l.write(ctx) })
	return l, nil
}

// signalURL makes the address of LiveKit's signalling from that of the relay. everything is set to receive every track
// without asking for it.
func signalURL(relay, sid string, everything bool) (string, error) {
	u, err := url.Parse(relay)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("the relay's address %q is no URL: it should look like wss://relay.example.org", relay)
	}
	switch u.Scheme {
	case "ws", "wss":
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	default:
		return "", fmt.Errorf("the relay's address %q does not begin with ws:// or wss://", relay)
	}
	u = u.JoinPath("rtc")
	q := url.Values{"protocol": {protocolVersion}, "auto_subscribe": {"0"}, "sdk": {"go"}, "version": {"greenroom"}}
	if everything {
		q.Set("auto_subscribe", "1")
	}
	if sid != "" {
		q.Set("reconnect", "1")
		q.Set("sid", sid)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func (l *link) read(ctx context.Context) {
	defer close(l.in)
	for {
		kind, raw, err := l.conn.Read(ctx)
		if err != nil {
			l.err = fmt.Errorf("the relay's signalling ended: %w", err)
			return
		}
		msg := &livekit.SignalResponse{}
		if kind != websocket.MessageBinary || proto.Unmarshal(raw, msg) != nil {
			l.err = errors.New("the relay sent signalling that is no protobuf message")
			return
		}
		select {
		case l.in <- msg:
		case <-ctx.Done():
			l.err = ctx.Err()
			return
		}
	}
}

func (l *link) write(ctx context.Context) {
	for {
		select {
		case msg := <-l.out:
			if err := l.writeOne(ctx, msg); err != nil {
				l.cancel() // ends read, which tells
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (l *link) writeOne(ctx context.Context, msg *livekit.SignalRequest) error {
	raw, err := proto.Marshal(msg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, linkTimeout)
	defer cancel()
	return l.conn.Write(ctx, websocket.MessageBinary, raw)
}

// send queues a message; it never blocks. A relay that does not read its signalling loses the link.
func (l *link) send(msg *livekit.SignalRequest) {
	select {
	case l.out <- msg:
	default:
		l.overflow.Do(l.cancel)
	}
}

// close ends the link at once and waits for its goroutines.
func (l *link) close() {
	l.cancel()
	_ = l.conn.CloseNow()
	l.running.Wait()
}

// leave says good-bye and ends the link. The relay then tells the others at once.
func (l *link) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.writeOne(ctx, &livekit.SignalRequest{Message: &livekit.SignalRequest_Leave{Leave: &livekit.Leave{
		Reason: livekit.DisconnectReason_CLIENT_INITIATED, Action: livekit.Leave_DISCONNECT,
	}}})
	l.close()
}
