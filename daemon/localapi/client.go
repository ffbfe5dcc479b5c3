package localapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"strings"
	"syscall"

	"greenroom/daemon/room"
)

// The Client's errors. Their texts say what to do.
var (
	// ErrNotRunning: nobody answers on the socket.
	ErrNotRunning = errors.New("the room's daemon does not run")
	// ErrDenied: the user may not use the socket.
	ErrDenied = errors.New("permission denied")
	// ErrBroken: what answers is no Greenroom daemon, or of another version, or it ended in the middle.
	ErrBroken = errors.New("the room's daemon gave no proper answer")
)

// maxAnswerBytes bounds one answer: a State of 1,000 people has about 300 kB.
const maxAnswerBytes = 8 << 20

// Client talks to a daemon over its unix socket.
type Client struct {
	socket string
	http   *http.Client
}

// NewClient returns a client for the daemon behind a socket. It connects when it is used.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	return &Client{socket: socket, http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// State asks for the room as it is now.
func (c *Client) State(ctx context.Context) (room.State, error) {
	return c.ask(ctx, http.MethodGet, "/v1/state", nil)
}

// Do gives the room a command and returns the State in which it has taken it. What the command leads to shows in later
// States. A refusal comes as *room.Refusal.
func (c *Client) Do(ctx context.Context, command room.Command) (room.State, error) {
	body, err := json.Marshal(command)
	if err != nil {
		return room.State{}, err
	}
	return c.ask(ctx, http.MethodPost, "/v1/commands", body)
}

// Metrics writes what the room counts and how it is to w, in Prometheus' text format.
func (c *Client) Metrics(ctx context.Context, w io.Writer) error {
	resp, err := c.request(ctx, http.MethodGet, "/metrics", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, io.LimitReader(resp.Body, maxAnswerBytes)); err != nil {
		return c.broken(err)
	}
	return nil
}

// Watch yields the State now and after changes, until ctx ends (then without an error), the caller stops, or the
// connection ends.
func (c *Client) Watch(ctx context.Context) iter.Seq2[room.State, error] {
	return func(yield func(room.State, error) bool) {
		resp, err := c.request(ctx, http.MethodGet, "/v1/events", nil)
		if err == nil {
			defer resp.Body.Close()
			var stopped bool
			if stopped, err = readEvents(resp.Body, func(st room.State) bool { return yield(st, nil) }); stopped {
				return
			}
			err = c.broken(err)
		}
		if ctx.Err() == nil {
			yield(room.State{}, err)
		}
	}
}

func (c *Client) ask(ctx context.Context, method, path string, body []byte) (room.State, error) {
	resp, err := c.request(ctx, method, path, body)
	if err != nil {
		return room.State{}, err
	}
	defer resp.Body.Close()
	var st room.State
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswerBytes)).Decode(&st); err != nil {
		return room.State{}, c.broken(err)
	}
	return st, nil
}

// request makes one request; an answer other than 200 becomes an error.
func (c *Client) request(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://greenroom"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreached(err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var refusal room.Refusal
	err = json.NewDecoder(io.LimitReader(resp.Body, maxAnswerBytes)).Decode(&refusal)
	switch {
	case err != nil || refusal.Code == "":
		return nil, c.broken(fmt.Errorf("it answered %s", resp.Status))
	case refusal.Code == codeNotPermitted:
		return nil, fmt.Errorf("use the room's socket %s: %w. %s", c.socket, ErrDenied, refusal.Text)
	}
	return nil, &refusal
}

// unreached says why there was no answer.
func (c *Client) unreached(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nobody answers on %s. Start it (systemctl start greenroomd), or name its socket with --socket", ErrNotRunning, c.socket)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("use the room's socket %s: %w. Run this as root, or as a member of the socket's group", c.socket, ErrDenied)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return c.broken(err)
}

func (c *Client) broken(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		err = errors.New("it ended the connection")
	}
	return fmt.Errorf("%w on %s: %w", ErrBroken, c.socket, err)
}

// readEvents reads server-sent events until the stream ends (err, nil at its proper end) or take returns false
// (stopped). Events of other names are for later versions, and skipped.
func readEvents(r io.Reader, take func(room.State) bool) (stopped bool, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxAnswerBytes)
	name, data := "", []byte(nil)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if name == "state" {
				var st room.State
				if err := json.Unmarshal(data, &st); err != nil {
					return false, err
				}
				if !take(st) {
					return true, nil
				}
			}
			name, data = "", nil
		case field == "event":
			name = value
		case field == "data":
			data = append(data, value...)
		}
	}
	return false, lines.Err()
}
