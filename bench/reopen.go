package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// opened is what a process needed to open a store and be ready.
type opened struct {
	ready          time.Duration // from before the process was started
	resident, peak int64         // bytes; 0 where the system does not tell
}

// reopen starts a process that opens the store of a URL, and waits until it
// says that it is ready.
func (s *session) reopen(ctx context.Context, url string) (opened, error) {
	if s.Child == nil {
		return opened{}, errors.New("no command is known that opens a store")
	}
	begin := time.Now()
	child := s.Child(ctx, url)
	child.Stderr = os.Stderr
	stop, err := child.StdinPipe()
	if err != nil {
		return opened{}, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return opened{}, err
	}
	if err := child.Start(); err != nil {
		return opened{}, err
	}
	found, err := awaitReady(ctx, out, begin)
	if err == nil {
		found.resident, found.peak = memoryOf(child.Process.Pid)
	}
	return found, errors.Join(err, stop.Close(), wait(child))
}

func wait(child *exec.Cmd) error {
	if err := child.Wait(); err != nil {
		return fmt.Errorf("process that opened the store: %w", err)
	}
	return nil
}

// awaitReady reads where the child listens and asks it whether it is ready.
func awaitReady(ctx context.Context, out io.Reader, begin time.Time) (opened, error) {
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return opened{}, fmt.Errorf("address of the process that opens the store: %w", err)
	}
	c, err := dial(ctx, strings.TrimSpace(address), patience)
	if err != nil {
		return opened{}, err
	}
	if _, err := c.ask(newHead("GET", "/readyz", "localhost", operatorToken).bare(), http.StatusOK); err != nil {
		return opened{}, errors.Join(err, c.Close())
	}
	return opened{ready: time.Since(begin)}, c.Close()
}

// Serve opens the store of a URL and serves until stdin ends. It writes the
// operator's address to stdout once it listens.
func Serve(ctx context.Context, url string, stdin io.Reader, stdout io.Writer) error {
	store, err := openStore(ctx, url)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, store)
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintln(stdout, h.operator); err == nil {
		_, err = io.Copy(io.Discard, stdin)
	}
	return errors.Join(err, h.close())
}

// memoryOf returns what a process has in memory now, and had at most.
func memoryOf(pid int) (resident, peak int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	return kilobytes(status, "VmRSS:"), kilobytes(status, "VmHWM:")
}

// kilobytes reads a line such as "VmRSS:  1234 kB", in bytes.
func kilobytes(status []byte, name string) int64 {
	_, rest, _ := bytes.Cut(status, []byte(name))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
