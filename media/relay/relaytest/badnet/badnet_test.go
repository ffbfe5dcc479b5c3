package badnet

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// As a command in a namespace, this program answers one byte, or sends one and waits for the answer.
const role, address = "GREENROOM_TEST_ROLE", "GREENROOM_TEST_ADDRESS"

func self(namespace, as, at string) *exec.Cmd {
	command := append(Command(namespace), os.Args[0])
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), role+"="+as, address+"="+at)
	return cmd
}

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(role) {
	case "listen":
		err = listen(os.Getenv(address))
	case "dial":
		err = dial(os.Getenv(address))
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func listen(at string) error {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return err
	}
	fmt.Println("up")
	c, err := l.Accept()
	if err != nil {
		return err
	}
	_, err = io.CopyN(c, c, 1)
	return err
}

func dial(at string) error {
	c, err := net.Dial("tcp", at)
	if err != nil {
		return err
	}
	if _, err := c.Write([]byte{1}); err != nil {
		return err
	}
	_, err = io.ReadFull(c, make([]byte, 1))
	return err
}

func TestAPacketCrosses(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("network namespaces need root: run the tests as root, as .ci/test does in its containers")
	}
	n := New()
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	var spaces [2]string
	for i, label := range []string{"a", "b"} {
		name, err := n.Namespace(label)
		if err != nil {
			t.Fatal(err)
		}
		spaces[i] = name
	}
	link, err := n.Link(spaces[0], spaces[1])
	if err != nil {
		t.Fatal(err)
	}
	// A TCP connection there and back: the kernel's own stack on both sides.
	echo := self(spaces[1], "listen", link.Addresses[1]+":7000")
	out, err := echo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := echo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = echo.Process.Kill(); _ = echo.Wait() })
	if _, err := out.Read(make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	link.Set(Conditions{Delay: 100 * time.Millisecond})
	began := time.Now()
	if got, err := self(spaces[0], "dial", link.Addresses[1]+":7000").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("a handshake and an echo took %v over a way of 100 ms", took)
	}
}

func TestAThinWayHoldsBackAndLoses(t *testing.T) {
	w := newWay(nil, nil)
	w.set(Conditions{Rate: 1_000_000, Queue: 50 * time.Millisecond})
	now, passed := time.Now(), 0
	for range 100 { // 125 bytes take a millisecond
		at, lost := w.pass(now, 125)
		if lost {
			continue
		}
		passed++
		if late := at.Sub(now); late > 53*time.Millisecond {
			t.Errorf("a packet waits %v", late)
		}
	}
	if passed < 50 || passed > 52 {
		t.Errorf("%d packets of a millisecond each fit into 50 ms", passed)
	}
	w.set(Conditions{Loss: 0.2})
	passed = 0
	for range 10_000 {
		if _, lost := w.pass(now, 125); !lost {
			passed++
		}
	}
	if passed < 7_700 || passed > 8_300 {
		t.Errorf("%d of 10,000 pass where a fifth is lost", passed)
	}
}
