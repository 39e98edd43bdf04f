// Package cel shows each validation rule of Skein's CRDs at work on the real
// kube-apiserver: for every rule what it lets through and what it refuses, the
// bounds of every family of fields, objects of the largest size, and that the
// apiserver writes nothing into a spec. Nothing of Skein but the CRDs is running.
package cel

import (
	"os"
	"testing"

	"github.com/skein-dev/skein/internal/testenv"
)

var env testenv.Env

func TestMain(m *testing.M) { os.Exit(testenv.Run(m, &env)) }
