package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience bounds every wait for PostgreSQL.
const patience = time.Minute

// Server is one PostgreSQL server: a data folder, a port of 127.0.0.1, and a
// postmaster while it runs.
type Server struct {
	Port int
	Dir  string // holds data, log and password; it goes away with the test's process

	bin      string
	superpw  string
	settings []string
	run      *running // nil while stopped
	last     atomic.Int64
}

// running is one life of a postmaster.
type running struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed once the postmaster is reaped
}

// Start starts a server of the test's own, which ends with the test. settings
// are more settings of postgresql.conf, as name=value; without any, durability
// and everything else is as PostgreSQL has it by default.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := start(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.finish(t) })
	return s
}

var shared struct {
	sync.Once
	server *Server
	err    error
}

// Shared returns the server that all tests of a process share; it ends with the
// process. Do not stop it: use Start for a server that is to be hurt.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.Do(func() { shared.server, shared.err = start([]string{"max_connections=400"}) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

func start(settings []string) (*Server, error) {
	s, err := initialize(settings)
	if err != nil {
		return nil, err
	}
	return s, s.launchSomewhere()
}

// launchSomewhere finds a free port and launches the server on it.
func (s *Server) launchSomewhere() (err error) {
	for range 5 {
		if s.Port, err = freePort(); err != nil {
			return err
		}
		if err = s.launch(); !errors.Is(err, errPortTaken) {
			break
		}
	}
	return err
}

// initialize makes the data folder.
func initialize(settings []string) (*Server, error) {
	s, err := prepare(settings)
	if err != nil {
		return nil, err
	}
	s.superpw = randomHex()
	file := filepath.Join(s.Dir, "password")
	if err := writeOwned(file, s.superpw); err != nil {
		return nil, err
	}
	// Only the making of the empty folder is not synced; the server itself syncs.
	return s, s.tool("initdb", "-D", s.data(), "-U", superuser, "--pwfile", file,
		"-A", "scram-sha-256", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")
}

// prepare finds the binaries and makes the server's folder, without data.
func prepare(settings []string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := newFolder()
	if err != nil {
		return nil, err
	}
	return &Server{Dir: dir, bin: bin, settings: settings}, nil
}

// superuser owns the server.
const superuser = "postgres"

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

// Log returns what the server logged.
func (s *Server) Log() string {
	raw, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
	return string(raw)
}

// tool runs one of PostgreSQL's tools to its end, as the user that the server
// runs as.
func (s *Server) tool(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	s.dress(cmd)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := spawn(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out.Bytes())
	}
	return nil
}

// dress gives cmd the server's folder, a clean environment and its user.
func (s *Server) dress(cmd *exec.Cmd) {
	cmd.Dir = s.Dir
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8", "HOME="+s.Dir, "PGPASSWORD="+s.superpw)
	cmd.SysProcAttr = attributes()
}

var errPortTaken = errors.New("port is taken")

// launch starts the postmaster on s.Port and waits until it answers.
func (s *Server) launch() error {
	args := []string{
		"-D", s.data(), "-p", strconv.Itoa(s.Port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
	}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	log, err := openOwned(filepath.Join(s.Dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), args...)
	s.dress(cmd)
	cmd.Stdout, cmd.Stderr = log, log
	before := len(s.Log())
	if err := spawn(cmd); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	r := &running{cmd: cmd, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(r.exited)
	}()
	s.run = r
	if err := s.awaitReady(); err != nil {
		s.Stop(Immediate)
		said := s.Log()[before:]
		if strings.Contains(said, "Address already in use") {
			return errPortTaken
		}
		return fmt.Errorf("start PostgreSQL: %w\n%s", err, said)
	}
	return nil
}

// awaitReady connects until the server takes a query.
func (s *Server) awaitReady() error {
	return await("an answer", func(ctx context.Context) error {
		select {
		case <-s.run.exited:
			return fmt.Errorf("%w: the server ended", errHopeless)
		default:
		}
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// URL returns where the superuser reaches a database.
func (s *Server) URL(db string) string { return s.urlOf(superuser, s.superpw, db) }

func (s *Server) urlOf(user, password, db string) string {
	return address(user, password, s.host(), db, "sslmode=disable")
}

func (s *Server) host() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

func address(user, password, hosts, db, query string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: hosts, Path: db, RawQuery: query}
	return u.String()
}

// NewDatabase makes an empty database that a role of its own owns, and returns
// that role's URL of it. Role and database bear the same name.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	name, password, err := s.newDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return s.urlOf(name, password, name)
}

func (s *Server) newDatabase() (name, password string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	name, password = fmt.Sprintf("saldo_%d", s.last.Add(1)), randomHex()
	for _, sql := range []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", name, password),
		fmt.Sprintf("CREATE DATABASE %s OWNER %s", name, name),
		fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM PUBLIC", name),
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", "", fmt.Errorf("%s: %w", name, err)
		}
	}
	return name, password, nil
}

// Pid returns the postmaster's process id, or 0 while the server is stopped.
func (s *Server) Pid() int {
	if s.run == nil {
		return 0
	}
	return s.run.cmd.Process.Pid
}

// Kill ends the server as a machine that loses power does, short of the memory
// of its disk: SIGKILL to the postmaster and, once it can fork no more, to all of
// its children. It returns when all are gone.
func (s *Server) Kill() {
	if s.run == nil {
		return
	}
	pid := s.Pid()
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	children := childrenOf(pid)
	_ = syscall.Kill(pid, syscall.SIGKILL)
	for _, child := range children {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	<-s.run.exited
	s.run = nil
	_ = await("the end of PostgreSQL's processes", func(context.Context) error { return gone(children) })
}

// StopMode is how a server is stopped in order.
type StopMode syscall.Signal

// The ways to stop. Smart waits until all clients have left, Fast cuts them off,
// and Immediate ends without a checkpoint, so that the next start recovers.
const (
	Smart     = StopMode(syscall.SIGTERM)
	Fast      = StopMode(syscall.SIGINT)
	Immediate = StopMode(syscall.SIGQUIT)
)

// Stop stops the server and waits for its end. A server that does not end in
// time is killed.
func (s *Server) Stop(mode StopMode) {
	if s.run == nil {
		return
	}
	_ = syscall.Kill(s.Pid(), syscall.Signal(mode))
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-s.run.exited:
		s.run = nil
	case <-timer.C:
		s.Kill()
	}
}

// Restart starts the server again on its port and data, after Kill or Stop; one
// that still runs is stopped first, fast.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop(Fast)
	if err := s.launch(); err != nil {
		t.Fatal(err)
	}
}

// finish ends the server with its test, and shows what it logged if that failed.
func (s *Server) finish(t testing.TB) {
	s.Stop(Immediate)
	if t.Failed() {
		lines := strings.Split(strings.TrimSpace(s.Log()), "\n")
		t.Logf("PostgreSQL on port %d logged last:\n%s", s.Port, strings.Join(lines[max(0, len(lines)-logged):], "\n"))
	}
	_ = os.RemoveAll(s.Dir)
}

// logged is how many lines of a log are shown when a test fails.
const logged = 30
