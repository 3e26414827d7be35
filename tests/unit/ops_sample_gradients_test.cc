// How samples move with the parameters of their distribution, against derivatives of the incomplete gamma and beta
// functions that mpmath took with 50 digits. (PyTorch's own have three to four digits; tolerances beside
// testdata/operators/rare_samples.bpte.)
#include <cmath>

#include "ops_call.h"

namespace {

using namespace ptetool;

constexpr double kMost = 1e-11;  // relative

double result_of(const char* name, const std::vector<double>& arguments) {
  test::OpCall call(name);
  for (const double each : arguments) call.tensor<double>(ScalarType::Double, {}, {each});
  call.out<double>(ScalarType::Double, {});
  const auto done = call.run();
  REQUIRE_MESSAGE(done, test::message_of(done));
  return call.elements<double>()[0];
}

TEST_CASE("samples of gamma distributions") {
  struct Case {
    double shape, sample, slope;
  };
  for (const Case& each : {
           Case{0.1, 0.001, 0.064907247383740964},
           Case{0.1, 1.5, 7.7946676946385109},
           Case{0.5, 0.5, 1.3373525943353347},
           Case{1, 1, 1.1735630272247269},
           Case{1, 0.01, 0.05055692236986734},
           Case{1, 8, 2.7689368458348681},
           Case{2.5, 1, 0.65079385968628221},
           Case{2.5, 2.5, 1.0686730199876306},
           Case{2.5, 9, 1.891711800090848},
           Case{7, 12, 1.3246077171645301},
           Case{30, 30, 1.0055737170827103},
           Case{30, 22, 0.85766223273589061},
           Case{30, 45, 1.2231425063703331},
           Case{300, 310, 1.0170493918351245},
           Case{3000, 2900, 0.98319961745812509},
           Case{0.01, 1e-08, 1.7859795472716309e-5},
           Case{5, 60, 2.7884305200066735},
       }) {
    const double found = result_of("aten::_standard_gamma_grad.out", {each.shape, each.sample});
    CHECK_MESSAGE(std::fabs(found / each.slope - 1) < kMost, each.shape << ", " << each.sample << ": " << found);
  }
  CHECK(result_of("aten::_standard_gamma_grad.out", {2, 0}) == 0);
  CHECK(std::fabs(result_of("aten::_standard_gamma_grad.out", {1e9, 1e9 + 3e4}) - 1.000015) < 1e-9);
}

TEST_CASE("samples of beta distributions") {
  struct Case {
    double share, of_share, of_rest, slope;
  };
  for (const Case& each : {
           Case{0.3, 0.5, 0.5, 1.3220415512632512},
           Case{0.001, 0.1, 2, 0.060109613948760411},
           Case{0.9999, 0.1, 2, 5.4543484757570452},
           Case{0.5, 1, 1, 0.69314718055994531},
           Case{0.25, 2, 6, 0.14154617937240464},
           Case{0.7, 2, 6, 0.22937117107814414},
           Case{0.05, 2, 6, 0.05555029198186372},
           Case{0.999, 30, 0.5, 0.03359421435046453},
           Case{0.6, 30, 20, 0.020246274808601281},
           Case{0.61, 300, 200, 0.0020190469589092197},
           Case{1e-06, 0.2, 0.3, 7.7449933277225126e-5},
           Case{0.95, 3, 0.4, 0.35729967411564909},
           Case{0.0005, 0.01, 400, 0.075362200851269137},
           Case{0.2, 0.01, 400, 0.25983744657321905},
       }) {
    const double found =
        result_of("aten::_dirichlet_grad.out", {each.share, each.of_share, each.of_share + each.of_rest});
    CHECK_MESSAGE(std::fabs(found / each.slope - 1) < kMost,
                  each.share << ", " << each.of_share << ", " << each.of_rest << ": " << found);
  }
  CHECK(result_of("aten::_dirichlet_grad.out", {0, 2, 5}) == 0);
}

}  // namespace
