package controller

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/internal/localaws"
)

// once is true the first time that it is asked for a name.
func (w *quickWorld) once(name string) bool {
	if w.past == nil {
		w.past = map[string]bool{}
	}
	first := !w.past[name]
	w.past[name] = true
	return first
}

// dies lets the operator die at its nth write to Kubernetes, or at its nth call to AWS, from now on: from there on nothing more of what it does comes
// about, and another one, which remembers nothing, takes over.
func (w *quickWorld) dies(kind string, nth int) {
	n := 0
	strikes := func(counts bool) bool {
		if counts && !w.dying {
			if n++; n == nth {
				w.dying = true
			}
		}
		return w.dying
	}
	w.refuses = func() bool { return w.current.kind != "" && strikes(kind == "write to Kubernetes") }
	w.fault = func(localaws.Call) localaws.Fault {
		was := w.dying
		if w.current.kind == "" || !strikes(kind != "write to Kubernetes") {
			return localaws.Fault{}
		}
		return localaws.Fault{Code: "Died", AfterEffect: !was && kind == "call after its effect"}
	}
}

func (w *quickWorld) delete(o client.Object) {
	w.t.Helper()
	if err := w.Delete(w.ctx, o); err != nil {
		w.t.Fatalf("deleting %s: %v", memoryKey(o), err)
	}
	w.turn()
}

// absent holds that an object has gone.
func (w *quickWorld) absent(o client.Object) {
	w.t.Helper()
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(o), o); !apierrors.IsNotFound(err) {
		w.t.Errorf("%s is still there (%v)", memoryKey(o), err)
	}
}
