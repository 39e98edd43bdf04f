package testenv

import (
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestDefaultInstallation applies config/default, as the README tells users to,
// and looks at what the operator's service account may then do with secrets.
func TestDefaultInstallation(t *testing.T) {
	g := NewWithT(t)
	root, err := Root()
	g.Expect(err).NotTo(HaveOccurred())
	kubectl, err := Program("kubectl")
	g.Expect(err).NotTo(HaveOccurred())
	apply := exec.Command(kubectl, "--kubeconfig", env.Kubeconfig, "apply", "--server-side", "--force-conflicts", "--kustomize", filepath.Join(root, "config", "default"))
	output, err := apply.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), "%s", output)

	content, err := KubeconfigFor(t.Context(), env.Config, "skein-system", "skein-controller-manager")
	g.Expect(err).NotTo(HaveOccurred())
	cfg, err := clientcmd.RESTConfigFromKubeConfig(content)
	g.Expect(err).NotTo(HaveOccurred())
	operator, err := client.New(cfg, client.Options{Scheme: env.Scheme})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(operator.List(t.Context(), &corev1.SecretList{}, client.InNamespace("skein-system"))).To(Succeed())
	for _, namespace := range []string{"", "default"} {
		err := operator.List(t.Context(), &corev1.SecretList{}, client.InNamespace(namespace))
		g.Expect(apierrors.IsForbidden(err)).To(BeTrue(), "the operator read secrets of namespace %q: %v", namespace, err)
	}
}
