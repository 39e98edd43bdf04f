// Package testenv runs a Kubernetes control plane for tests, the demo and the
// benchmark: etcd and kube-apiserver with RBAC and Skein's CRDs, and where asked
// kube-controller-manager with the garbage collector and the namespace
// controller. The programs come from `make setup`; where they are missing,
// starting fails and says so.
//
// A test package starts one, in TestMain, and its tests keep apart by namespace:
//
//	var env testenv.Env
//
//	func TestMain(m *testing.M) { os.Exit(testenv.Run(m, &env)) }
//
// The package knows nothing of AWS and does not import its SDK.
package testenv
