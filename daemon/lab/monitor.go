package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

// monitor is the way to a virtual machine's own controls (QEMU Machine Protocol): lines of JSON, of which those without an
// answer are events.
type monitor struct {
	conn net.Conn
	in   *json.Decoder
}

// said is one line.
type said struct {
	Return json.RawMessage
	Error  *struct{ Desc string }
	Event  string
	Data   struct{ Device string }
}

func openMonitor(path string) (*monitor, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	m := &monitor{conn: conn, in: json.NewDecoder(conn)}
	var greeting json.RawMessage
	if err := m.in.Decode(&greeting); err != nil {
		return nil, errors.Join(fmt.Errorf("the machine's greeting: %w", err), conn.Close())
	}
	if err := m.do(context.Background(), "qmp_capabilities", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return m, nil
}

// do has the machine do something, and waits until it has.
func (m *monitor) do(ctx context.Context, what string, arguments map[string]any) error {
	ask := map[string]any{"execute": what}
	if arguments != nil {
		ask["arguments"] = arguments
	}
	if err := json.NewEncoder(m.conn).Encode(ask); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for {
		line, err := m.next(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", what, err)
		case line.Error != nil:
			return fmt.Errorf("%s: %s", what, line.Error.Desc)
		case line.Return != nil:
			return nil
		}
	}
}

// unplug takes a device away, and waits until the machine has given it up.
func (m *monitor) unplug(ctx context.Context, id string) error {
	if err := m.do(ctx, "device_del", map[string]any{"id": id}); err != nil {
		return err
	}
	for {
		line, err := m.next(ctx)
		if err != nil {
			return fmt.Errorf("unplug %s: %w", id, err)
		}
		if line.Event == "DEVICE_DELETED" && line.Data.Device == id {
			return nil
		}
	}
}

func (m *monitor) next(ctx context.Context) (said, error) {
	defer context.AfterFunc(ctx, func() { _ = m.conn.SetReadDeadline(time.Unix(1, 0)) })()
	var line said
	err := m.in.Decode(&line)
	return line, err
}
