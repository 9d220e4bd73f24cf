// Three files of fixed names: the broker carries them in its program.
export default {
    base: './',
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
    build: {
        target: 'es2022',
        modulePreload: false,
        cssCodeSplit: false,
        assetsInlineLimit: 0,
        rollupOptions: {
            output: {
                entryFileNames: 'console.js',
                assetFileNames: 'console[extname]',
                inlineDynamicImports: true,
            },
        },
    },
};
