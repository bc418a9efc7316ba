package guides

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience bounds the run of one program.
const patience = 2 * time.Minute

// runner runs programs of a language.
type runner struct {
	file    string
	command []string // the file's name follows
	mark    string   // prints what parts are told apart by
	serve   []string // runs a receiver; its port is in PORT, and the file's name follows
}

const separator = "==== end of a part ===="

// runners are those of each language.
var runners = map[string]runner{
	"sh":     {"guide.sh", []string{"bash", "-eu", "-o", "pipefail"}, "echo; echo '%s'\n", nil},
	"js":     {"guide.mjs", []string{"node"}, "console.log('%s')\n", []string{"node"}},
	"python": {"guide.py", []string{"/usr/bin/python3", "-u"}, "print('%s')\n", []string{"/usr/bin/python3", "-u"}},
	"php":    {"guide.php", []string{"php"}, "echo \"%s\\n\";\n", []string{"php", "-S", "127.0.0.1:$PORT"}},
}

// run runs a program in a folder of its own and returns what each of its parts printed.
func (r runner) run(ctx context.Context, dir string, env []string, parts []string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	mark := fmt.Sprintf(r.mark, separator)
	file := filepath.Join(dir, r.file)
	if err := os.WriteFile(file, []byte(strings.Join(parts, mark)), 0o600); err != nil {
		return nil, err
	}
	program := exec.CommandContext(ctx, r.command[0], append(r.command[1:], file)...)
	var out, complaint bytes.Buffer
	program.Dir, program.Env, program.Stdout, program.Stderr = dir, env, &out, &complaint
	if err := program.Run(); err != nil {
		return nil, fmt.Errorf("%w\n%s%s", err, &out, &complaint)
	}
	if complaint.Len() > 0 {
		return nil, fmt.Errorf("complains: %s", &complaint)
	}
	return strings.Split(out.String(), separator), nil
}

// receiver is a program that takes webhooks.
type receiver struct {
	url     string
	program *exec.Cmd
	printed string // file that it prints into
}

// receive starts a receiver and waits until it listens.
func (r runner) receive(t *testing.T, dir string, env []string, text string) *receiver {
	t.Helper()
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	file := filepath.Join(dir, "receiver"+filepath.Ext(r.file))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, arg := range append(r.serve[1:len(r.serve):len(r.serve)], file) {
		args = append(args, strings.ReplaceAll(arg, "$PORT", port))
	}
	rec := &receiver{
		url: "http://" + address + "/alerts", program: exec.Command(r.serve[0], args...), printed: file + ".out",
	}
	out, err := os.Create(rec.printed)
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	rec.program.Dir, rec.program.Env = dir, append(env[:len(env):len(env)], "PORT="+port)
	rec.program.Stdout, rec.program.Stderr = out, &complaint
	if err := rec.program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = rec.program.Process.Kill()
		_ = rec.program.Wait()
		_ = out.Close()
		if t.Failed() {
			t.Logf("the receiver says %s", &complaint)
		}
	})
	await(t, "the receiver listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return rec
}

// want waits until the receiver has printed as many lines as the page shows, and wants them to be those.
func (r *receiver) want(t *testing.T, want string) {
	t.Helper()
	got := ""
	await(t, "the receiver prints "+want, func() bool {
		out, err := os.ReadFile(r.printed)
		if err != nil {
			t.Fatal(err)
		}
		got = string(out)
		return strings.Count(got, "\n") >= strings.Count(want, "\n")
	})
	if mask(got) != mask(want) {
		t.Errorf("the receiver printed\n%s\nand the page shows\n%s", got, want)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s", what)
		}
	}
}
