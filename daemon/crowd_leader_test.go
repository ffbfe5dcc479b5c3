package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"greenroom/daemon/room"
)

// leaderProcess makes this test program be a room in a process of its own, which can be killed. It reads its pass from
// its standard input, says that it is in by a line, and ends when the input does.
const leaderProcess = "GREENROOM_TEST_LEADER"

func TestMain(m *testing.M) {
	other, err := startedAs()
	if !other {
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func beLeader(in io.Reader, out io.Writer) error {
	var p pass
	input := json.NewDecoder(in)
	if err := input.Decode(&p); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := newCrowdRoom(ctx, p)
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { defer close(ended); r.run(ctx) }()
	defer func() { cancel(); <-ended }()
	if err := r.join(ctx); err != nil {
		return err
	}
	for state := range r.loop.Watch(ctx) {
		if state.Phase == room.PhaseMeeting {
			break
		}
	}
	if _, err := fmt.Fprintln(out, r.id); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in) // until the tests' process is gone
	return err
}

// startLeader starts a room in a process of its own, and waits until it is in.
func startLeader(t *testing.T, p pass) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), leaderProcess+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill() // gone already, if all went well
		_ = cmd.Wait()
	})
	if _, err := in.Write(text); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != p.Ticket.Participant.String()+"\n" {
		t.Fatalf("the leader's process said %q: %v", line, err)
	}
	return cmd
}
