import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Line {
    name: string;
    values: (number | null)[];
}

const HEIGHT = 180;
/** What is shown, back from the latest. */
const SECONDS = 180;

function color(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(title: string, lines: Line[], width: number): uPlot.Options {
    const axis = { stroke: color('--faint'), grid: { stroke: color('--line'), width: 1 },
        ticks: { stroke: color('--line'), width: 1 } };
    return {
        title,
        width,
        height: HEIGHT,
        cursor: { drag: { x: false, y: false } },
        scales: {
            x: { range: (_, _min, max) => [max - SECONDS, max] },
            y: { range: (_, min, max) => [Math.min(0, min), max <= 0 ? 1 : max * 1.1] },
        },
        axes: [{ ...axis, space: 80, values: (_, ticks) => ticks.map(clock) }, { ...axis, size: 60, values: (_, ticks) => ticks.map(short) }],
        series: [{}, ...lines.map((line, i) => ({
            label: line.name,
            stroke: color(`--series-${i + 1}`),
            width: 2,
            points: { show: false },
            // Where the pointer is, or else the latest.
            value: (plot: uPlot, value: number | null, index: number, at: number | null) =>
                short(at === null ? plot.data[index]?.at(-1) : value),
        }))],
    };
}

function clock(seconds: number): string {
    return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

export function short(value: number | null | undefined): string {
    if (value === null || value === undefined) return '–';
    for (const [unit, size] of [['G', 1e9], ['M', 1e6], ['k', 1e3]] as const) {
        if (Math.abs(value) >= size * 10) return `${Math.round(value / size * 10) / 10}${unit}`;
    }
    return String(Math.abs(value) < 10 ? Math.round(value * 100) / 100
        : Math.round(value * 10) / 10);
}

/** Lines over time, as wide as there is room. */
export function Chart(props: { title: string; times_ms: number[]; lines: Line[]; theme: string }) {
    const place = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot | null>(null);
    const names = props.lines.map((line) => line.name).join();
    const data = (): uPlot.AlignedData =>
        [props.times_ms.map((t) => t / 1000), ...props.lines.map((line) => line.values)];
    useEffect(() => {
        const room = place.current!;
        plot.current = new uPlot(options(props.title, props.lines, room.clientWidth), data(), room);
        const watcher = new ResizeObserver(() =>
            plot.current?.setSize({ width: room.clientWidth, height: HEIGHT }));
        watcher.observe(room);
        return () => {
            watcher.disconnect();
            plot.current?.destroy();
        };
    }, [props.title, names, props.theme]);
    useEffect(() => plot.current?.setData(data()), [props.times_ms, props.lines]);
    const last = props.lines.map((line) => `${line.name} ${short(line.values.at(-1) ?? 0)}`);
    return <div class="chart" ref={place} role="img"
        aria-label={`${props.title}: ${last.join(', ')}`} />;
}
