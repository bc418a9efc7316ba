package cluster

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Where the cluster of the test listens, apart from an example that is running.
const portBase = 15700

// patience bounds every wait for the cluster.
const patience = 2 * time.Minute

// machines are the nodes 1, 2 and 3 of examples/patroni. A node has etcd, Patroni
// and PostgreSQL, as a machine would.
type machines struct {
	dir    string
	script string
	env    []string
	client *http.Client
}

// up starts a cluster that is gone after the test, or after the test's process.
func up(t *testing.T) *machines {
	t.Helper()
	script, err := filepath.Abs("../../examples/patroni/cluster")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "saldo-cluster-*")
	if err != nil {
		t.Fatal(err)
	}
	m := &machines{dir: dir, script: script, client: &http.Client{Timeout: time.Second}}
	m.env = append(os.Environ(), "CLUSTER_DIR="+dir, fmt.Sprintf("CLUSTER_PORT=%d", portBase))
	m.guard(t)
	t.Cleanup(func() {
		if t.Failed() {
			m.showLogs(t)
		}
		m.thawAll()
		if out, err := m.command("destroy").CombinedOutput(); err != nil {
			t.Errorf("destroy: %v\n%s", err, out)
		}
		_ = os.RemoveAll(dir)
	})
	m.run(t, "up")
	return m
}

// guard takes the cluster down when this process dies before it could.
func (m *machines) guard(t *testing.T) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `trap '' HUP INT TERM; cat; exec "$0" destroy`, m.script)
	cmd.Env = m.env
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	alive, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the cluster is down, since it was registered before
		_ = alive.Close()
		_ = cmd.Wait()
	})
}

func (m *machines) command(args ...string) *exec.Cmd {
	cmd := exec.Command(m.script, args...)
	cmd.Env = m.env
	return cmd
}

func (m *machines) run(t *testing.T, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := m.command(args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cluster %v: %v\n%s", args, err, stderr.Bytes())
	}
	return strings.TrimSpace(string(out))
}

func (m *machines) url(t *testing.T) string { return m.run(t, "url") }

// start switches a node on again.
func (m *machines) start(t *testing.T, node int) { m.run(t, "start", strconv.Itoa(node)) }

// processes lists the processes of a node: Patroni, etcd, the postmaster, and
// what that has started.
func (m *machines) processes(node int) []int {
	pids := []int{
		m.pid(fmt.Sprintf("pg%d.pid", node)), m.pid(fmt.Sprintf("etcd%d.pid", node)),
	}
	if postmaster := m.postmaster(node); postmaster != 0 {
		pids = append(append(pids, postmaster), childrenOf(postmaster)...)
	}
	return pids
}

func (m *machines) postmaster(node int) int { return m.pid(fmt.Sprintf("pg%d/postmaster.pid", node)) }

// pid reads a process id from the first line of a file.
func (m *machines) pid(file string) int {
	f, err := os.Open(filepath.Join(m.dir, file))
	if err != nil {
		return 0
	}
	defer f.Close()
	line, _ := bufio.NewReader(f).ReadString('\n')
	pid, _ := strconv.Atoi(strings.TrimSpace(line))
	return pid
}

func childrenOf(parent int) []int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
	var pids []int
	for _, field := range strings.Fields(string(raw)) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// kill is a node without power.
func (m *machines) kill(node int) { m.signal(node, syscall.SIGKILL) }

// freeze is a node that has stopped without a word: its connections stay open and
// nothing comes from it. thaw lets it go on where it was.
func (m *machines) freeze(node int) { m.signal(node, syscall.SIGSTOP) }
func (m *machines) thaw(node int)   { m.signal(node, syscall.SIGCONT) }

func (m *machines) thawAll() {
	for node := 1; node <= 3; node++ {
		m.thaw(node)
	}
}

func (m *machines) signal(node int, s syscall.Signal) {
	for _, pid := range m.processes(node) {
		if pid > 1 {
			_ = syscall.Kill(pid, s)
		}
	}
}

// killPostgres kills PostgreSQL alone, and leaves its Patroni.
func (m *machines) killPostgres(node int) {
	if pid := m.postmaster(node); pid > 1 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// member is a node as Patroni sees it.
type member struct {
	Name     string `json:"name"`
	Role     string `json:"role"` // leader, sync_standby or replica
	State    string `json:"state"`
	Timeline int    `json:"timeline"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
}

func (m member) node() int { return m.Port - portBase }

// members asks the Patroni of each node in turn until one answers.
func (m *machines) members() ([]member, error) {
	var last error
	for node := 1; node <= 3; node++ {
		response, err := m.client.Get(fmt.Sprintf("http://127.0.0.1:%d/cluster", portBase+10+node))
		if err != nil {
			last = err
			continue
		}
		var cluster struct{ Members []member }
		err = json.NewDecoder(response.Body).Decode(&cluster)
		_ = response.Body.Close()
		if err == nil {
			return cluster.Members, nil
		}
		last = err
	}
	return nil, last
}

// inRole returns the node that has a role, or 0.
func (m *machines) inRole(role string) int {
	members, _ := m.members()
	for _, one := range members {
		if one.Role == role {
			return one.node()
		}
	}
	return 0
}

// holder returns the node that has a role, once one has.
func (m *machines) holder(t *testing.T, role string) int {
	t.Helper()
	return m.awaitOther(t, role, 0)
}

// awaitOther waits until another node than this one has the role, and returns it.
func (m *machines) awaitOther(t *testing.T, role string, than int) (node int) {
	t.Helper()
	await(t, "another "+role, func() error {
		if node = m.inRole(role); node == 0 || node == than {
			return fmt.Errorf("%s is node %d", role, node)
		}
		return nil
	})
	return node
}

// awaitWhole waits until all three nodes answer for themselves, on one timeline,
// and the leader sends to two standbys, one of them synchronous. What Patroni says
// of others would lag behind by its ttl.
func (m *machines) awaitWhole(t *testing.T) {
	t.Helper()
	await(t, "whole cluster", func() error {
		var all []self
		for node := 1; node <= 3; node++ {
			one, err := m.self(node)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		standbys, synchronous := 0, 0
		for _, one := range all {
			if one.State != "running" || one.Timeline != all[0].Timeline {
				return fmt.Errorf("%+v", all)
			}
			for _, standby := range one.Replication {
				standbys++
				if standby.State == "streaming" && standby.SyncState == "sync" {
					synchronous++
				}
			}
		}
		if standbys != 2 || synchronous != 1 {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
}

// self is what the Patroni of a node says of its own PostgreSQL.
type self struct {
	State       string
	Timeline    int
	Replication []struct {
		State     string
		SyncState string `json:"sync_state"`
	}
}

func (m *machines) self(node int) (s self, err error) {
	response, err := m.client.Get(fmt.Sprintf("http://127.0.0.1:%d/patroni", portBase+10+node))
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	return s, json.NewDecoder(response.Body).Decode(&s)
}

// await tries until try succeeds.
func await(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s after %s: %v", what, patience, err)
		}
		<-again.C
	}
}

// showLogs shows the end of each node's log.
func (m *machines) showLogs(t *testing.T) {
	const lines = 40
	files, _ := filepath.Glob(filepath.Join(m.dir, "pg?.log"))
	for _, file := range files {
		raw, _ := os.ReadFile(file)
		all := strings.Split(strings.TrimSpace(string(raw)), "\n")
		t.Logf("%s:\n%s", filepath.Base(file), strings.Join(all[max(0, len(all)-lines):], "\n"))
	}
}
