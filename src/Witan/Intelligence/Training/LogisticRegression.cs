using MathNet.Numerics.LinearAlgebra;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>
/// Logistic regression with a ridge penalty on standardised features, fitted by Newton's method (iteratively reweighted
/// least squares). Deterministic: no randomness, one thread.
/// </summary>
public static class LogisticRegression
{
    private const int MostIterations = 50;
    private const double Converged = 1e-10;

    // Keeps the intercept finite where one class is missing.
    private const double OneClassRidge = 0.01;

    /// <summary>Fits the terms.</summary>
    /// <param name="rows">One feature vector for each outcome.</param>
    /// <param name="labels">Whether each succeeded.</param>
    /// <param name="usable">Whether each feature may get a weight; the others get 0.</param>
    /// <param name="ridge">The penalty: how many units of log likelihood a squared standardised weight of 2 costs.</param>
    /// <param name="cancel">Stops between iterations.</param>
    public static LinearTerms Fit(IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, IReadOnlyList<bool> usable, double ridge, CancellationToken cancel)
    {
        var p = rows[0].Length;
        var (means, scales) = Standardise(rows, usable);
        var beta = Vector<double>.Build.Dense(p + 1);
        var positives = labels.Count(y => y);
        var baseLogit = beta[0] = LogOdds.Of((positives + 1.0) / (labels.Count + 2.0));
        var interceptRidge = positives == 0 || positives == labels.Count ? OneClassRidge : 0;
        Matrix<double> hessian;
        for (var iteration = 0; ; iteration++)
        {
            cancel.ThrowIfCancellationRequested();
            (var gradient, hessian) = Derivatives(rows, labels, means, scales, beta, ridge);
            gradient[0] -= interceptRidge * (beta[0] - baseLogit);
            hessian[0, 0] += interceptRidge;
            var step = hessian.Cholesky().Solve(gradient);
            beta += step;
            if (step.L2Norm() < Converged || iteration == MostIterations)
                break;
        }
        return Unscale(beta, hessian.Cholesky().Solve(Matrix<double>.Build.DenseIdentity(p + 1)), means, scales);
    }

    private static (double[] Means, double[] Scales) Standardise(IReadOnlyList<double[]> rows, IReadOnlyList<bool> usable)
    {
        var p = usable.Count;
        var (means, scales) = (new double[p], new double[p]);
        for (var j = 0; j < p; j++)
        {
            var (sum, squares) = (0.0, 0.0);
            foreach (var row in rows)
                sum += row[j];
            means[j] = sum / rows.Count;
            foreach (var row in rows)
                squares += (row[j] - means[j]) * (row[j] - means[j]);
            var deviation = Math.Sqrt(squares / rows.Count);
            scales[j] = !usable[j] || deviation < 1e-9 ? 0 : 1 / deviation; // a constant teaches nothing
        }
        return (means, scales);
    }

    // Gradient and (negative) Hessian of the penalised log likelihood.
    private static (Vector<double>, Matrix<double>) Derivatives(
        IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, double[] means, double[] scales, Vector<double> beta, double ridge)
    {
        var n = beta.Count;
        var (gradient, hessian, x) = (new double[n], new double[n, n], new double[n]);
        x[0] = 1;
        for (var i = 0; i < rows.Count; i++)
        {
            var logit = beta[0];
            for (var j = 1; j < n; j++)
            {
                x[j] = (rows[i][j - 1] - means[j - 1]) * scales[j - 1];
                logit += beta[j] * x[j];
            }
            var probability = LogOdds.ToProbability(logit);
            var error = (labels[i] ? 1 : 0) - probability;
            var curvature = probability * (1 - probability);
            for (var j = 0; j < n; j++)
            {
                gradient[j] += error * x[j];
                var scaled = curvature * x[j];
                for (var k = 0; k <= j; k++)
                    hessian[j, k] += scaled * x[k];
            }
        }
        for (var j = 0; j < n; j++)
        {
            for (var k = 0; k < j; k++)
                hessian[k, j] = hessian[j, k];
            if (j == 0)
                continue;
            gradient[j] -= ridge * beta[j];
            hessian[j, j] += ridge;
        }
        return (Vector<double>.Build.DenseOfArray(gradient), Matrix<double>.Build.DenseOfArray(hessian));
    }

    private static LinearTerms Unscale(Vector<double> beta, Matrix<double> covariance, double[] means, double[] scales)
    {
        var weights = new double[means.Length];
        for (var j = 0; j < weights.Length; j++)
            weights[j] = beta[j + 1] * scales[j];
        var triangle = new double[beta.Count * (beta.Count + 1) / 2];
        var at = 0;
        for (var i = 0; i < beta.Count; i++)
        {
            for (var j = 0; j <= i; j++)
                triangle[at++] = covariance[i, j] * (i == 0 ? 1 : scales[i - 1]) * (j == 0 ? 1 : scales[j - 1]);
        }
        return new(beta[0], weights, means, triangle);
    }
}
