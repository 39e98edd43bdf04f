package testaws

import "testing"

// Python returns the path of a Python that has boto3, for tests with a client that is not Go's. It is the one that
// runs moto, and is installed where that was not done yet.
func Python(t testing.TB) string {
	t.Helper()
	paths, err := setUp()
	if err != nil {
		t.Fatal(err)
	}
	return paths["MOTO_PYTHON"]
}
