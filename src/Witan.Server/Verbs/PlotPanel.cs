using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Witan.Server.Verbs;

/// <summary>
/// A rectangle of an SVG with two linear scales that start at 0. What lies beyond its scales is drawn at its edge, so that
/// nothing leaves it.
/// </summary>
/// <param name="Left">Its left edge, in units of the drawing.</param>
/// <param name="Top">Its upper edge.</param>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
/// <param name="XMost">The value at its right edge.</param>
/// <param name="YMost">The value at its upper edge.</param>
internal sealed record PlotPanel(double Left, double Top, double Width, double Height, double XMost, double YMost)
{
    private const int Digits = 2; // hundredths of a unit are finer than any screen

    public double Right => Left + Width;

    public double Bottom => Top + Height;

    public double X(double value) => Left + (Width * Math.Clamp(value / XMost, 0, 1));

    public double Y(double value) => Bottom - (Height * Math.Clamp(value / YMost, 0, 1));

    /// <summary>Grid lines with their numbers to the left and, where asked for, below.</summary>
    public IEnumerable<XElement> Axes(IEnumerable<double> xTicks, IEnumerable<double> yTicks, double? xNumbersAt)
    {
        foreach (var tick in yTicks)
        {
            yield return Line("grid", Left, Y(tick), Right, Y(tick));
            yield return Text("tick end", Left - 8, Y(tick) + 4, Percent(tick));
        }
        foreach (var tick in xTicks)
        {
            yield return Line("grid", X(tick), Top, X(tick), Bottom);
            if (xNumbersAt is { } y)
                yield return Text("tick middle", X(tick), y, Percent(tick));
        }
        yield return Line("axis", Left, Bottom, Right, Bottom);
        yield return Line("axis", Left, Top, Left, Bottom);
    }

    /// <summary>A label along the y axis, read from below.</summary>
    public XElement YLabel(string text)
    {
        var (x, y) = (Left - 52, Top + (Height / 2));
        return Text("label middle", x, y, text, new XAttribute("transform", $"rotate(-90 {Number(x)} {Number(y)})"));
    }

    /// <summary>A line through points given as values.</summary>
    public XElement Polyline(string style, IEnumerable<(double X, double Y)> points) =>
        Element("polyline", new XAttribute("class", style), new XAttribute("points", Points(points)));

    /// <summary>A filled outline of points given as values.</summary>
    public XElement Polygon(string style, IEnumerable<(double X, double Y)> points) =>
        Element("polygon", new XAttribute("class", style), new XAttribute("points", Points(points)));

    public static XElement Line(string style, double x1, double y1, double x2, double y2) => Element("line", new XAttribute("class", style),
        new XAttribute("x1", Number(x1)), new XAttribute("y1", Number(y1)), new XAttribute("x2", Number(x2)), new XAttribute("y2", Number(y2)));

    public static XElement Box(string style, double x, double y, double width, double height) => Element("rect", new XAttribute("class", style),
        new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), new XAttribute("width", Number(width)), new XAttribute("height", Number(height)));

    public static XElement Path(string style, string data) => Element("path", new XAttribute("class", style), new XAttribute("d", data));

    public static XElement Text(string style, double x, double y, string text, params XAttribute[] more) =>
        Element("text", new XAttribute("class", style), new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), more, Clean(text));

    public static XElement Element(string name, params object[] content) => new(XName.Get(name, "http://www.w3.org/2000/svg"), content);

    /// <summary>A coordinate; never -0, which would differ from 0 in the file alone.</summary>
    public static string Number(double value) => (Math.Round(value, Digits) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);

    public static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    /// <summary>Without what no XML may hold, escaped or not: a file's name can.</summary>
    public static string Clean(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.Value > 0xFFFF || XmlConvert.IsXmlChar((char)rune.Value) ? rune.ToString() : "\uFFFD"));

    private string Points(IEnumerable<(double X, double Y)> points) => string.Join(' ', points.Select(point => $"{Number(X(point.X))},{Number(Y(point.Y))}"));
}
