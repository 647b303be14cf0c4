using MathNet.Numerics.LinearAlgebra;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>What is believed of a weight before any outcome was seen: a normal distribution.</summary>
/// <param name="Mean">Its mean, in logits per unit of the feature.</param>
/// <param name="Precision">One over its variance; infinite keeps the weight at 0.</param>
/// <param name="PerDeviation">True when the precision is that of logits per standard deviation of the feature; the mean is 0 then.</param>
public readonly record struct WeightPrior(double Mean, double Precision, bool PerDeviation);

/// <summary>What is believed of all weights before any outcome was seen.</summary>
/// <param name="Weights">One for each feature.</param>
/// <param name="InterceptPrecision">
/// How firmly the prior means alone are believed to give the right base rate: one over the variance of the intercept around
/// what they imply. 0 leaves the intercept free.
/// </param>
public sealed record LogisticPrior(IReadOnlyList<WeightPrior> Weights, double InterceptPrecision)
{
    /// <summary>A ridge: weights around 0, in logits per standard deviation, and a free intercept.</summary>
    /// <param name="usable">Whether each feature may get a weight; the others get 0.</param>
    /// <param name="ridge">How many units of log likelihood a squared standardised weight of 2 costs.</param>
    public static LogisticPrior Ridge(IReadOnlyList<bool> usable, double ridge) =>
        new([.. usable.Select(may => new WeightPrior(0, may ? ridge : double.PositiveInfinity, true))], 0);
}

/// <summary>
/// Logistic regression with normal priors on its weights (the posterior mode, with Laplace's approximation of its
/// covariance), fitted by Newton's method. Deterministic: no randomness, one thread.
/// </summary>
public static class LogisticRegression
{
    private const int MostIterations = 50;
    private const int MostHalvings = 30;
    private const double Converged = 1e-10;
    private const double Rounding = 1e-12; // of a log posterior

    // Keeps a free intercept finite where one class is missing.
    private const double OneClassRidge = 0.01;

    /// <summary>Fits the terms.</summary>
    /// <param name="rows">One feature vector for each outcome.</param>
    /// <param name="labels">Whether each succeeded.</param>
    /// <param name="prior">What is believed of the weights beforehand.</param>
    /// <param name="cancel">Stops between iterations.</param>
    public static LinearTerms Fit(IReadOnlyList<double[]> rows, IReadOnlyList<bool> labels, LogisticPrior prior, CancellationToken cancel)
    {
        var columns = Standardise(rows, prior.Weights);
        var x = Matrix(rows, columns);
        var (centre, precision) = Prior(prior, columns, labels);
        var beta = centre.Clone();
        var posterior = LogPosterior(x, labels, beta, centre, precision);
        Matrix<double> hessian;
        for (var iteration = 0; ; iteration++)
        {
            cancel.ThrowIfCancellationRequested();
            (var gradient, hessian) = Derivatives(x, labels, beta);
            for (var j = 0; j < beta.Count; j++)
            {
                gradient[j] -= precision[j] * (beta[j] - centre[j]);
                hessian[j, j] += precision[j];
            }
            var step = hessian.Cholesky().Solve(gradient);
            for (var halving = 0; ; halving++, step /= 2) // where probabilities lie close to 0 and 1 the curve is so flat that a step leads too far
            {
                var next = LogPosterior(x, labels, beta + step, centre, precision);
                if (!(next >= posterior - (Rounding * Math.Abs(posterior))) && halving < MostHalvings)
                    continue;
                posterior = next;
                break;
            }
            beta += step;
            if (step.L2Norm() < Converged || iteration == MostIterations)
                break;
        }
        return Unscale(beta, hessian.Cholesky().Solve(Matrix<double>.Build.DenseIdentity(beta.Count)), columns);
    }

    // A feature on its way into the fit; those without a scale stay out of it.
    private readonly record struct Column(double Mean, double Scale)
    {
        public bool IsUsed => Scale > 0;
    }

    private static Column[] Standardise(IReadOnlyList<double[]> rows, IReadOnlyList<WeightPrior> priors)
    {
        var columns = new Column[priors.Count];
        for (var j = 0; j < columns.Length; j++)
        {
            var (sum, squares) = (0.0, 0.0);
            foreach (var row in rows)
                sum += row[j];
            var mean = sum / rows.Count;
            foreach (var row in rows)
                squares += (row[j] - mean) * (row[j] - mean);
            columns[j] = new(mean, ScaleOf(priors[j], Math.Sqrt(squares / rows.Count)));
        }
        return columns;
    }

    private static double ScaleOf(WeightPrior prior, double deviation)
    {
        if (double.IsPositiveInfinity(prior.Precision))
            return 0;
        if (!prior.PerDeviation)
            return 1;
        return deviation < 1e-9 ? 0 : 1 / deviation; // a constant teaches nothing
    }

    // The used columns, standardised, after a column of ones.
    private static double[][] Matrix(IReadOnlyList<double[]> rows, Column[] columns)
    {
        var used = Enumerable.Range(0, columns.Length).Where(j => columns[j].IsUsed).ToArray();
        return [.. rows.Select(row =>
        {
            var x = new double[used.Length + 1];
            x[0] = 1;
            for (var k = 0; k < used.Length; k++)
                x[k + 1] = (row[used[k]] - columns[used[k]].Mean) * columns[used[k]].Scale;
            return x;
        })];
    }

    // Centre and precision of intercept and weights, in the units of the standardised columns.
    private static (Vector<double> Centre, double[] Precision) Prior(LogisticPrior prior, Column[] columns, IReadOnlyList<bool> labels)
    {
        var used = Enumerable.Range(0, columns.Length).Where(j => columns[j].IsUsed).ToArray();
        var (centre, precision) = (Vector<double>.Build.Dense(used.Length + 1), new double[used.Length + 1]);
        for (var k = 0; k < used.Length; k++)
        {
            var weight = prior.Weights[used[k]];
            centre[k + 1] = weight.PerDeviation ? 0 : weight.Mean;
            precision[k + 1] = weight.Precision;
            centre[0] += centre[k + 1] * columns[used[k]].Mean;
        }
        precision[0] = prior.InterceptPrecision;
        if (prior.InterceptPrecision > 0)
            return (centre, precision);
        var positives = labels.Count(y => y);
        centre[0] = LogOdds.Of((positives + 1.0) / (labels.Count + 2.0));
        precision[0] = positives == 0 || positives == labels.Count ? OneClassRidge : 0;
        return (centre, precision);
    }

    // But for a constant.
    private static double LogPosterior(double[][] rows, IReadOnlyList<bool> labels, Vector<double> beta, Vector<double> centre, double[] precision)
    {
        var (sum, weights) = (0.0, beta.ToArray());
        for (var j = 0; j < weights.Length; j++)
            sum -= precision[j] * (weights[j] - centre[j]) * (weights[j] - centre[j]) / 2;
        for (var i = 0; i < rows.Length; i++)
        {
            var (x, logit) = (rows[i], 0.0);
            for (var j = 0; j < weights.Length; j++)
                logit += weights[j] * x[j];
            sum -= Math.Max(0, labels[i] ? -logit : logit) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));
        }
        return sum;
    }

    // Gradient and (negative) Hessian of the log likelihood.
    private static (Vector<double>, Matrix<double>) Derivatives(double[][] rows, IReadOnlyList<bool> labels, Vector<double> beta)
    {
        var n = beta.Count;
        var (gradient, hessian, weights) = (new double[n], new double[n, n], beta.ToArray());
        for (var i = 0; i < rows.Length; i++)
        {
            var (x, logit) = (rows[i], 0.0);
            for (var j = 0; j < n; j++)
                logit += weights[j] * x[j];
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
        }
        return (Vector<double>.Build.DenseOfArray(gradient), Matrix<double>.Build.DenseOfArray(hessian));
    }

    private static LinearTerms Unscale(Vector<double> beta, Matrix<double> covariance, Column[] columns)
    {
        var weights = new double[columns.Length];
        var places = new int[columns.Length + 1]; // of each coefficient among the fitted ones; 0 for the intercept and for what was left out
        for (int j = 0, k = 0; j < columns.Length; j++)
        {
            if (!columns[j].IsUsed)
                continue;
            places[j + 1] = ++k;
            weights[j] = beta[k] * columns[j].Scale;
        }
        var triangle = new double[(columns.Length + 1) * (columns.Length + 2) / 2];
        var at = 0;
        for (var i = 0; i <= columns.Length; i++)
        {
            for (var j = 0; j <= i; j++)
                triangle[at++] = covariance[places[i], places[j]] * (i == 0 ? 1 : columns[i - 1].Scale) * (j == 0 ? 1 : columns[j - 1].Scale);
        }
        return new(beta[0], weights, [.. columns.Select(c => c.Mean)], triangle);
    }
}
