package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// prefix is what config/default puts before the names of the ClusterRoles.
const prefix = "skein-"

var (
	// viewer is whoever may look, bound to what Kubernetes' own role view is made of.
	viewer = []string{prefix + "consumerqueue-viewer-role", prefix + "messagingtopology-viewer-role", prefix + "redrive-viewer-role", "system:aggregate-to-view"}
	// developer is whoever owns what is in a namespace, bound to what Kubernetes' own role edit is made of.
	developer = append(slices.Clone(viewer), prefix+"consumerqueue-editor-role", prefix+"messagingtopology-editor-role", prefix+"redrive-editor-role")
)

// person makes a user of that name who has ClusterRoles in a namespace and nothing else.
func person(t *testing.T, name, namespace string, roles ...string) user {
	t.Helper()
	installRoles(t)
	addingUser.Lock()
	kubeconfig, err := env.AddUser(name, namespace)
	addingUser.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range roles {
		create(t, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "bind-"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
		})
	}
	return user{kubeconfig: kubeconfig}
}

// addingUser is held while a user is made: the certificates' numbers are counted.
var addingUser sync.Mutex

// everywhere gives a user a ClusterRole in all namespaces, and for what is in none.
func everywhere(t *testing.T, name, role string) {
	t.Helper()
	create(t, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "bind-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	})
}

// inNamespace makes a namespace of that name, which the test alone may use: what is printed names it.
func inNamespace(t *testing.T, name string) string {
	t.Helper()
	create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	return name
}

// create makes an object, with its status where it has one.
func create(t *testing.T, object client.Object) {
	t.Helper()
	status := object.DeepCopyObject().(client.Object) //nolint:errcheck // a copy is of the same type
	if err := env.Client.Create(t.Context(), object); err != nil {
		t.Fatalf("creating %T %s: %v", object, object.GetName(), err)
	}
	status.SetName(object.GetName())
	status.SetUID(object.GetUID())
	status.SetResourceVersion(object.GetResourceVersion())
	if err := env.Client.Status().Update(t.Context(), status, client.FieldOwner("manager")); err != nil && !apierrors.IsNotFound(err) {
		t.Fatalf("writing the status of %T %s: %v", object, object.GetName(), err)
	}
}

// installRoles puts the ClusterRoles of config/rbac for people in, under the names that they get by config/default.
var rolesInstalled sync.Once

func installRoles(t *testing.T) {
	t.Helper()
	rolesInstalled.Do(func() {
		files, err := filepath.Glob(filepath.Join("..", "..", "config", "rbac", "*_roles.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no roles in config/rbac: %v", err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, document := range bytes.Split(content, []byte("\n---\n")) {
				role := &rbacv1.ClusterRole{}
				if err := yaml.UnmarshalStrict(document, role); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				role.Name = prefix + role.Name
				if err := env.Client.Create(t.Context(), role); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
