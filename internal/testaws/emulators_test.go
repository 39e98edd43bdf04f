package testaws

import (
	"bufio"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"
)

func TestEmulatorsStop(t *testing.T) {
	startOwn(t)
	emulators, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []Backend{emulators.Moto, emulators.Fauxqs} {
		if len(b.AccountID) != 12 {
			t.Errorf("account of %s is %q", b.Name, b.AccountID)
		}
	}
	emulators.Stop()
	for _, b := range []Backend{emulators.Moto, emulators.Fauxqs} {
		if listens(b.Endpoint) {
			t.Errorf("%s still listens at %s", b.Name, b.Endpoint)
		}
	}
}

// holder makes this test binary a process that starts emulators and waits.
const holder = "SKEIN_TEST_HOLD_EMULATORS"

func TestEmulatorsEndWithAProcessThatIsKilled(t *testing.T) {
	startOwn(t)
	if os.Getenv(holder) != "" {
		hold(t)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), holder+"=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	endpoints := strings.Fields(line)
	if len(endpoints) != 2 || !listens(endpoints[0]) || !listens(endpoints[1]) {
		t.Fatalf("want two endpoints that listen, got %q", line)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	g := gomega.NewWithT(t)
	for _, endpoint := range endpoints {
		g.Eventually(func() bool { return listens(endpoint) }).WithTimeout(10 * time.Second).Should(gomega.BeFalse())
	}
}

// hold starts emulators, says where they are and waits to be killed.
func hold(t *testing.T) {
	emulators, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString(emulators.Moto.Endpoint + " " + emulators.Fauxqs.Endpoint + "\n")
	select {}
}

func TestEndpointsFromTheEnvironment(t *testing.T) {
	moto, fauxqs := Local(t), Local(t)
	t.Setenv(MotoEndpointEnv, moto.Endpoint)
	t.Setenv(FauxqsEndpointEnv, fauxqs.Endpoint)
	emulators, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(emulators.children) != 0 {
		t.Errorf("started %d processes, want none", len(emulators.children))
	}
	if emulators.Moto.Endpoint != moto.Endpoint || emulators.Fauxqs.Endpoint != fauxqs.Endpoint {
		t.Errorf("uses %s and %s, want %s and %s", emulators.Moto.Endpoint, emulators.Fauxqs.Endpoint, moto.Endpoint, fauxqs.Endpoint)
	}
}

func TestEndpointThatDoesNotAnswer(t *testing.T) {
	t.Setenv(MotoEndpointEnv, "http://127.0.0.1:1")
	t.Setenv(FauxqsEndpointEnv, "http://127.0.0.1:1")
	if _, err := Start(t.Context()); err == nil || !strings.Contains(err.Error(), "asking moto at http://127.0.0.1:1") {
		t.Errorf("got error %v, want it to name moto and its endpoint", err)
	}
}

// startOwn makes Start start emulators also where a run shares some.
func startOwn(t *testing.T) {
	t.Setenv(MotoEndpointEnv, "")
	t.Setenv(FauxqsEndpointEnv, "")
}

func listens(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	conn, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
