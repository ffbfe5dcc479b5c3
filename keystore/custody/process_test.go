package custody_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"greenroom/keystore"
	"greenroom/keystore/custody"
)

// dirVariable makes the test binary a process that writes to that folder until it is killed.
const dirVariable = "CUSTODY_TEST_DIR"

func TestMain(m *testing.M) {
	dir, asked := os.LookupEnv(dirVariable)
	if !asked {
		os.Exit(m.Run())
	}
	if err := writeForEver(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// writeForEver counts, and begins a rotation and gives it up, again and again. It prints how many files each step wrote,
// and the counter.
func writeForEver(dir string) error {
	v, err := custody.Open(dir, fileOptions())
	if err != nil {
		return err
	}
	for {
		value, err := v.Increment()
		if err != nil {
			return err
		}
		fmt.Println(1, value)
		if _, err := v.Rotate(""); err != nil {
			return err
		}
		fmt.Println(4, value) // the identity twice, the roll twice
		if err := v.Abandon(); err != nil {
			return err
		}
		fmt.Println(2, value)
	}
}

func fileOptions() custody.Options {
	return custody.Options{
		Backend: custody.File, CreateIfMissing: true,
		File: func() (keystore.FileOptions, error) {
			return keystore.FileOptions{Credential: bytes.Repeat([]byte("c"), 32)}, nil
		},
	}
}

// TestKilledWhileWriting kills a process that writes all the time until there were 500 writes. After each kill the identity is
// there and the same, it signs, and the counter was not turned back.
func TestKilledWhileWriting(t *testing.T) {
	d := newDevice(t, "")
	opened := func() (keystore.Info, uint64) {
		v, err := custody.Open(d.dir, fileOptions())
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		mustSign(t, v.Identity())
		return v.Info(), counter(t, v)
	}
	first, _ := opened()
	writes, kills, last := 0, 0, uint64(0)
	for ; writes < 500; kills++ {
		w, l := killed(t, d.dir, 1+kills%23)
		writes, last = writes+w, max(last, l)
		info, value := opened()
		if info.Fingerprint != first.Fingerprint || value < last {
			t.Fatalf("kill %d: %s counts %d; before it was %s, and %d", kills+1, info.Fingerprint, value, first.Fingerprint, last)
		}
	}
	t.Logf("%d writes, %d kills, the counter is %d", writes, kills, last)
}

// killed runs a process that writes, and kills it after some steps: somewhere in the next one.
func killed(t *testing.T, dir string, steps int) (writes int, last uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), dirVariable+"="+dir)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	for range steps {
		var files int
		if _, err := fmt.Fscanln(lines, &files, &last); err != nil {
			t.Errorf("the other process ended by itself: %v", err)
			break
		}
		writes += files
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // says that it was killed
	return writes, last
}
