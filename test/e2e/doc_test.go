// Package e2e holds the tests that span the whole operator: the samples against every emulator, what the operator's calls cost, what
// permissions they need, and the objects of earlier versions. The operator runs in this process over a real apiserver.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/skein-dev/skein/internal/testenv"
)

var env testenv.Env

var update = flag.Bool("update", false, "write the fixtures of this version anew")

// The tests over the emulators run side by side: they wait for the operator, they do not compute. Those that count calls run before them,
// one after the other, each with an operator of its own. At most one operator runs at a time, as each sees all objects of the apiserver.
func TestMain(m *testing.M) {
	flag.Parse()
	logger := logr.Discard()
	if os.Getenv("SKEIN_TEST_LOG") != "" {
		logger = zap.New()
	}
	ctrl.SetLogger(logger)
	if err := flag.Set("test.parallel", "16"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(testenv.Run(m, &env))
}
